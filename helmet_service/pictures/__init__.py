"""Base64 and JPEG for requests and answers, and verdicts drawn on pictures."""
