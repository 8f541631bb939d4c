"""Processes and readings that the benchmarks share."""
