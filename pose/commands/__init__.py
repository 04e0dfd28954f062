"""One module a verb of `python -m pose`: `main(arguments) -> exit status`."""
