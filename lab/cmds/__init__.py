"""The laboratory's commands, one module each."""
