"""What runs inside a driver process: an IPython shell with dbutils, and /dbfs and /Workspace paths that work."""
