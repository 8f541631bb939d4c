"""Retention: decide (`policy`), plan (`plan`) and execute (`execute`) purges, daily (`jobs`)."""
