"""What a run leaves: its folder, curves, progress, and what a step that failed was given."""
