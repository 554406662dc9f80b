"""HTTPS: the client of the central server, card log-in, transfers. `requests` is imported here only."""
