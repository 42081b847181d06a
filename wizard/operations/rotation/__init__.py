"""`mlops-wizard rotate`: new access tokens in every place that holds one, and the old ones revoked last."""
