"""The catalogues: memory, SQLite, Elasticsearch."""
