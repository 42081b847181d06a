"""`mlops-wizard status`: all that one wants to see the day after, read area by area, with what to do next."""
