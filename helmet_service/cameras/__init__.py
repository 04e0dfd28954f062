"""The cameras of a site: what `cameras.yaml` says of them, their zones, and what the watch tells servers of them."""
