"""The engine: runs steps, knows no screen and no vendor."""
