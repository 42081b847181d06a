"""The jobs that run on a cluster, on an agent or by hand; plain Python without the wizard."""
