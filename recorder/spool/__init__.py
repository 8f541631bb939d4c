"""Segments on local disk: the spool, its runs, recovery after a crash, checks of streams."""
