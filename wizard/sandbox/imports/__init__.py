"""What exists in somebody's tenant, taken into the sandbox cloud from what the vendors' own tools print."""
