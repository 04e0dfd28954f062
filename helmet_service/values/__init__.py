"""Values from outside, of requests and of files: checked, converted, and every mistake in words."""
