"""`mlops-wizard drift`: what differs from the plan, and the two ways out of each difference."""
