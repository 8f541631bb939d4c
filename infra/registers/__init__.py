"""The registers: memory, SQLite and PostgreSQL by SQLAlchemy."""
