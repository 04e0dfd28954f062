"""What is measured and against what; each module is a command, see docs/benchmarks.md."""
