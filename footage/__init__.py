"""The shared model and the ports: words, values and contracts, from the standard library only.

Everything above may import this package; it imports nothing above it. `docs/glossary.md` defines
the words.
"""
