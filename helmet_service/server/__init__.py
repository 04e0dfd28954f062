"""gunicorn: where it listens, and the worker that it runs."""
