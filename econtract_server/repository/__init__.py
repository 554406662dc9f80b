"""SQL lives here. SQLAlchemy Core, blocking; portable between SQLite and PostgreSQL."""
