"""The checklist: one module per area, each step one record."""
