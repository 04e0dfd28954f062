"""The HTTP surfaces, one file each, with the schemas of their requests and answers."""
