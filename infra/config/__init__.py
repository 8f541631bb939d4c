"""Settings, and the files an operator writes: cameras, policies, addresses, secrets."""
