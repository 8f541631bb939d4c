"""The laboratory: real servers for tests, rendered scenes, training, the demonstration, benchmarks.

Never installed with the product: the commands `demo`, `servers` and `bench` come from here.
"""
