"""Exports a checkpoint to a model's folder."""
