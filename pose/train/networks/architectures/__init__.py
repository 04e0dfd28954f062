"""The architectures of networks, one file each."""
