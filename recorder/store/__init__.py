"""The spool's bound: how full it is, what goes when it is full, and what never goes."""
