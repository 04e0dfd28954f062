"""What a file is that came in the place of another: a page of a web server, a pointer instead of the file itself."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_HEAD: Final = 1024  # bytes that tell
# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
_LFS_POINTER: Final = b"version https://git-lfs.github.com/spec/"
_PAGES: Final = {b"<!doctype html": "HTML", b"<html": "HTML", b"<head": "HTML", b"<?xml": "XML"}


def lookalike(path: Path) -> str | None:
    """What the file is instead of what its name says, in words for after "got"; None where nothing is recognised.

    Raises OSError when it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not head:
        return "an empty file"
    if start.startswith(_LFS_POINTER):
        return "a Git LFS pointer, which `git lfs pull` replaces by the file"
    for beginning, kind in _PAGES.items():
        if start.startswith(beginning):
            return f"an {kind} page, such as a web server answers instead of a file"
    return None
