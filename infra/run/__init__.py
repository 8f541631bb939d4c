"""Record, index and apply retention in one process, on a schedule."""
