"""Retention of footage: `policy` decides, `plan` lists, `execute` deletes, `jobs` runs daily."""
