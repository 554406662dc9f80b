"""Signing PDFs (PAdES)."""
