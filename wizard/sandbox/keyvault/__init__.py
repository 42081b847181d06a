"""The data plane of key vaults (VAULT.vault.azure.net): secrets."""
