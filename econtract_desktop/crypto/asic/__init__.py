"""Signing any files together in a container (ASiC-E with XAdES)."""
