"""Training and export of networks."""
