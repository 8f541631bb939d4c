"""The laboratory: real servers for tests, rendered scenes, training, the demonstration, benchmarks.

The package is never installed with the product; it brings the commands `demo`, `servers` and
`bench`.
"""
