"""Real servers for development, tests and the demonstration: installed once, started on loopback.

Each server has one module with the same three words: find what is installed, install it, start it.
`roster` lists them, `fleet` keeps a chosen set running for a person, `pins` holds every version.
"""
