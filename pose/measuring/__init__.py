"""Measures how good and how fast a network is."""
