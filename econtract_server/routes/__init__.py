"""HTTP: reading requests and writing answers, nothing else."""
