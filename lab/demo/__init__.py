"""The demo's town: what happens before its cameras, and the films of it."""
