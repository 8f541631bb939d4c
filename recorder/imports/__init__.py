"""Recordings that something else made: whose, since when, and the way into the store."""
