"""Measurements of speed, accuracy and robustness; most modules are commands, see docs/benchmarks.md."""
