"""What is common to all requests, whatever they ask: API keys, rate limits, bodies, ids, errors."""
