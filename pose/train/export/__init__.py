"""Checkpoint -> a model's folder."""
