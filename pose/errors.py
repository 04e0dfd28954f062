"""What `pose` raises for a person to read."""


class PoseError(Exception):
    """Something that was asked for cannot be done: the message says what, what was expected and what came."""


class NetworkServerError(PoseError):
    """A server that should run the network does not, or answers what cannot be used; it may be well again soon."""
