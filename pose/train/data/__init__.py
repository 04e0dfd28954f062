"""Labelled pictures of any data set -> one cache of examples."""
