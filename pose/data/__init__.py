"""Labelled pictures: their labels as JSON, archives, and shards of both."""
