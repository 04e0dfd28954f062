"""Pictures as requests and answers carry them, and verdicts painted on them."""
