"""A recording node: its pages, metrics, status, and its leases."""
