"""One worker's work: who is let in, the network that is loaded, pictures looked at."""
