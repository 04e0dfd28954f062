"""The ancestor's way of serving, rebuilt from this project's parts, as what speed is measured against."""
