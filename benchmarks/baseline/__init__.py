"""The ancestor's way of serving, rebuilt from this project's parts: the baseline for speed."""
