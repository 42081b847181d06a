"""What one does once things stand."""
