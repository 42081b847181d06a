"""Azure Blob Storage (ACCOUNT.blob.core.windows.net)."""
