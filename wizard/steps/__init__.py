"""The steps, one file per area, and the checklist that puts them in order."""
