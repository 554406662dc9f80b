"""One file = one thing a user can do. Plain blocking code over the ports; no Qt, no driver, no library, no threads."""
