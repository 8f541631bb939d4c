"""The ledger's signing keys: making, keeping and using; the one room of `cryptography`."""
