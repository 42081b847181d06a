"""The rules of the repository check, in the order of the guide's defects."""
