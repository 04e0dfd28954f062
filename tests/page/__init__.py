"""A package, so that `browser` (conftest.py) ends with its last test."""
