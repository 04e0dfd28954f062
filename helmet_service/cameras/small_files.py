"""Files that people write for us: read whole, if they are files and small."""

from __future__ import annotations

from pathlib import Path


class SmallFileError(Exception):
    """A file that cannot be used; the message is what came in its stead."""


def read_small(path: Path, most: int) -> bytes:
    """The content of a regular file of at most so many bytes; SmallFileError for anything else, a pipe for example."""
    try:
        if not path.is_file():
            raise SmallFileError("something else" if path.exists() else "none")
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise SmallFileError(error.strerror or "an error") from error
    if len(content) > most:
        raise SmallFileError(f"more than {most} bytes")
    return content
