"""The thin central server: stores, forwards, re-verifies, keeps an append-only log. Nobody must trust it."""
