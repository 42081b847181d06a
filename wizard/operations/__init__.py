"""What one does besides setting up: runs, status, upkeep."""
