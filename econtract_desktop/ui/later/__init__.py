"""Places that are not built yet: each says what will be here and what to do meanwhile."""
