"""Evidence: holds, the custody log, export bundles and a stand-alone verifier of bundles."""
