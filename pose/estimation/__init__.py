"""Picture -> people: a model, its network's input and fields, heads, and second looks."""
