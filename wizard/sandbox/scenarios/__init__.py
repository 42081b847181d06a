"""Failures that the sandbox cloud can play, so that they can be practised and their diagnosis be tested."""
