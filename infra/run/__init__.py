"""Record, index and apply retention in a single process, on a schedule."""
