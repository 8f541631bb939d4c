"""Benchmarks: figures as medians of several runs, ratios measured side by side."""
