"""The indexer: makes the keyframes of each stored segment searchable."""
