"""Evidence: holds, the custody log, export bundles, and checking them without us."""
