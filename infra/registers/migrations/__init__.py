"""Alembic migrations of the register: core SQL of SQLite and PostgreSQL, no extensions."""
