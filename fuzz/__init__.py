"""Fuzz targets and their runner; see README.md."""
