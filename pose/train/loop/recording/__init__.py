"""Records of a run: its folder, curves, progress, and the inputs of a failed step."""
