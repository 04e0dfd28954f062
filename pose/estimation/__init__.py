"""Picture -> people: the model, the network's input, its fields decoded, heads, and second looks."""
