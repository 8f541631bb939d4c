"""Search: from a question to moments, with the coverage that says what was looked at."""
