"""Storing the spool's segments and gaps, and evicting segments when the spool is full."""
