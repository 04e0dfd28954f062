"""Labelled pictures: their JSON, the archives that they come in, shards."""
