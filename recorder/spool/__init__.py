"""Segments on local disk: the spool, runs, recovery after a crash, checks of streams."""
