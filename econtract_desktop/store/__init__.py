"""The encrypted local store: cases, outbox, files, keys."""
