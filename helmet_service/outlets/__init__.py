"""Outlets: events in, messages to other systems out, at least once."""
