"""Metrics of all workers, their status page, and log lines."""
