"""Recognises files that stand in for the expected one: a web server's page, a Git LFS pointer, nothing at all."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_HEAD: Final = 1024  # bytes that are looked at
# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
_LFS_POINTER: Final = b"version https://git-lfs.github.com/spec/"
_PAGES: Final = {b"<!doctype html": "HTML", b"<html": "HTML", b"<head": "HTML", b"<?xml": "XML"}


def lookalike(path: Path) -> str | None:
    """What stands in for the expected file, in words that follow "got"; None where nothing is recognised.

    Raises OSError when the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not head:
        return "an empty file"
    if start.startswith(_LFS_POINTER):
        return "a Git LFS pointer, which `git lfs pull` replaces with the file"
    for beginning, kind in _PAGES.items():
        if start.startswith(beginning):
            return f"an {kind} page, as a web server sends it instead of a file"
    return None
