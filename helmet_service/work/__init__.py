"""One worker's work: it loads the network, admits requests, finds people in pictures and judges them."""
