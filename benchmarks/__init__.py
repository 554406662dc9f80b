"""Benchmarks: our figure against its floor or peer, measured in the same run. `python3 dev.py bench [NAME…]`."""
