"""The loop of a training run, which knows nothing of poses."""
