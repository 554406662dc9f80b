"""Signatures outside PDFs: ASiC containers (ETSI EN 319 162-1) with XAdES, CAdES or timestamps, and CAdES files."""
