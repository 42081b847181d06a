"""`mlops-wizard export`: the session as a script, as Bicep, and as a report."""
