"""The commands of `python -m pose`, a module each: `main(arguments) -> exit status`."""
