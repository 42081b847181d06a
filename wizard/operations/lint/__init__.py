"""The repository check: known defects of projects like this one, found in the files and mended on a branch."""
