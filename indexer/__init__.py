"""The indexer: makes the keyframes of stored segments searchable."""
