"""The wizard in a browser: serves the screens on loopback to the one who started it, and to nobody else."""
