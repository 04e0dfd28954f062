"""What a check is to do, as the command line says it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO


@dataclass(frozen=True, slots=True)
class Order:
    """What to check and how.

    sources: paths of pictures, folders, shards and videos, numbers of cameras, addresses of streams. hats: a file of
    hats (`read_hats`). out: the file of lines, None: stdout. resume: continue `out`. cores: how many to use, None: all.
    ray: a cluster's address or `local`, None: without Ray. draw: see `Drawings`, None: nothing is drawn.
    Of moving pictures: json_lines: write a line for each judged frame. show: in a window. every: of how many frames one
    is judged, None: about five a second.
    """

    sources: Sequence[str]
    hats: Path | None = None
    out: Path | None = None
    resume: bool = False
    cores: int | None = None
    ray: str | None = None
    draw: Path | None = None
    json_lines: bool = False
    show: bool = False
    every: int | None = None

    @property
    def cores_to_use(self) -> int:
        """All that this process may use, unless fewer are asked for."""
        return self.cores or len(os.sched_getaffinity(0))

    def lines(self) -> AbstractContextManager[TextIO]:
        """Where lines are written, as a context manager; a file's come behind those that it has."""
        return self.out.open("a") if self.out else nullcontext(sys.stdout)
