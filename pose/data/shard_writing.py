"""Writes shards: pictures and the labels beside them, as `shards.py` reads them."""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from pose.data.labels import Labels, as_json


@contextmanager
def new_shard(out: Path) -> Iterator[Callable[[PurePosixPath, bytes, Labels], None]]:
    """A shard that is written completely or not at all; the block gets a function that adds one picture's file.

    Raises OSError when it cannot be written.
    """
    unfinished = out.with_name(f"{out.name}.part")
    try:
        with tarfile.open(unfinished, "w") as tar:

            def add(name: PurePosixPath, picture: bytes, labels: Labels) -> None:
                _add(tar, name, picture)
                _add(tar, name.with_suffix(".json"), json.dumps(as_json(labels), separators=(",", ":")).encode())

            yield add
        os.replace(unfinished, out)
    finally:
        unfinished.unlink(missing_ok=True)


def _add(tar: tarfile.TarFile, name: PurePosixPath, content: bytes) -> None:
    member = tarfile.TarInfo(str(name))
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))
