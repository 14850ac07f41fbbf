"""One way to store, two engines: SQLite embedded, PostgreSQL at scale. Alone knows the dialects."""
