"""今日やること: what this person has to do, sorted by deadline, and what waits for others."""
