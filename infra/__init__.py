"""The outermost layer: settings, wiring, the command line, adapters, servers, demo and training.

`wiring.py` is the only place that builds objects; one third-party client lives in one module.
"""
