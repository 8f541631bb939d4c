"""Retention: decide what may go (`policy`), plan it (`plan`), do it (`execute`), daily (`jobs`)."""
