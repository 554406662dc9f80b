"""Certificate → person, firm, role, CA. Client and server read a card alike."""
