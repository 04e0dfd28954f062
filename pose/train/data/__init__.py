"""Labelled pictures of any data set -> a cache of examples."""
