"""Skeletons for pictures that have none: teachers asked, their answers joined and held against what people boxed."""
