"""The demonstration: a city of cameras, rendered films with known truth, steps, and scoring."""
