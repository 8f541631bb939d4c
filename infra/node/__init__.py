"""A recording node: pages, metrics, status and leases."""
