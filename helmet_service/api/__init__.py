"""The HTTP surfaces, one file each; nothing but `create_app` imports these."""
