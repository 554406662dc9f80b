"""Signed PDFs: opening them, what came after a signature, what they hide, verifying them."""
