"""Picture files: their headers and pixels, and skeletons drawn on pictures."""
