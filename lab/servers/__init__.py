"""Real servers for development, tests and the demonstration: installed once, started on loopback.

Each server has a module with the same functions: `find` what is installed, `install` the server,
`start` the server.
`roster` lists them, `fleet` keeps a chosen set running for a person, `pins` holds every version.
"""
