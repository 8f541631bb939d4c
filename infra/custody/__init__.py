"""The custody log in a file."""
