"""The indexer: looks at each stored segment's keyframes and makes them searchable."""
