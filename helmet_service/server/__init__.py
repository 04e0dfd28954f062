"""gunicorn: where it listens, the worker that it runs, and what it calls."""
