"""From media time to wall time: what arrivals tell, and where a segment lies."""
