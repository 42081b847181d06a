"""An Azure Databricks workspace: its REST API, and the drivers, files and registry underneath."""
