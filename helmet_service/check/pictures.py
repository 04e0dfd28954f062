"""Pictures and hats in, a line for each picture and a summary out."""

from __future__ import annotations

import base64
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from tqdm import tqdm

from helmet_service.api.answers import Json
from helmet_service.check.archive import Part, parts_of
from helmet_service.check.checker import check_here, settings_for
from helmet_service.check.drawings import Drawings
from helmet_service.check.hats import give, read_hats
from helmet_service.check.on_ray import check_on_ray
from helmet_service.check.order import Order
from helmet_service.settings import Settings

_COUNTED: Final = ("people", "helmet", "no_helmet", "unknown")


@dataclass(slots=True)
class Tally:
    """Counts over the pictures so far."""

    pictures: int = 0
    failed: int = 0
    first_failure: str = ""
    people: Counter[str] = field(default_factory=Counter)

    def add(self, answer: Json) -> None:
        """Count a picture's line."""
        self.pictures += 1
        if "error" in answer:
            self.failed += 1
            self.first_failure = self.first_failure or f"{answer['id']}: {answer['error']}"
        else:
            self.people.update({name: answer["summary"][name] for name in _COUNTED})

    def in_words(self, seconds: float) -> str:
        """The summary: a line, and another one when pictures failed."""
        counts = ", ".join(f"{self.people[name]} {name}" for name in _COUNTED)
        rate = self.pictures / seconds if seconds else 0.0
        text = f"{self.pictures} pictures in {seconds:.1f} s ({rate:.1f} a second): {counts}"
        if self.failed:
            text += f"\n{self.failed} pictures could not be checked; the first: {self.first_failure}"
        return text


def check_pictures(settings: Settings, order: Order, pictures: Sequence[str], drawings: Drawings | None) -> int:
    """Write a line for each picture and the summary to stderr; returns 1 when a picture could not be checked, else 0.

    Raises ValueError or OSError for an order that cannot be carried out, PoseError for a model that cannot be loaded.
    """
    parts = parts_of([Path(picture) for picture in pictures])
    if order.hats:
        parts = _with_hats(parts, order.hats)
    parts = _remaining(parts, order.out, resume=order.resume)
    tally, begun = Tally(), time.monotonic()
    with order.lines() as out:
        total = None if order.ray else sum(len(part.source.names()) - part.done for part in parts)
        # disable=None shows progress on a terminal only
        for answer in tqdm(_answers(settings, parts, order), total=total, unit=" pictures", disable=None):
            if drawings and (drawn := answer.pop("annotated", None)):
                drawings.write_picture(answer["id"], base64.b64decode(drawn))
            out.write(json.dumps(answer) + "\n")
            tally.add(answer)
    print(tally.in_words(time.monotonic() - begun), file=sys.stderr)
    return 1 if tally.failed else 0


def _with_hats(parts: Sequence[Part], path: Path) -> list[Part]:
    hats = read_hats(path)
    given = give(parts, hats)
    if hats:
        print(
            f"{path}: {len(hats)} lines name no picture of the archive; the first: {next(iter(hats))}", file=sys.stderr
        )
    return given


def _remaining(parts: list[Part], out: Path | None, *, resume: bool) -> list[Part]:
    """The parts without the pictures that `out` has already; ValueError when it exists without `resume`."""
    if out is None or not out.exists():
        return parts
    if not resume:
        raise ValueError(f"--out: expected a new file, or --resume to continue it, got {out}, which exists")
    return list(_after(parts, *_written(out), out))


def _answers(settings: Settings, parts: Sequence[Part], order: Order) -> Iterator[Json]:
    if not parts:
        return iter(())
    if order.ray:
        return check_on_ray(settings_for(settings, 1), parts, order.ray, order.cores)
    return check_here(settings_for(settings, order.cores_to_use), parts, drawn=order.draw is not None)


def _written(out: Path) -> tuple[int, str]:
    """How many lines a file has, and the last one's `id`; removes a last line that was cut off."""
    count, end, last = 0, 0, b"{}"
    with out.open("r+b") as lines:
        for line in lines:
            if not line.endswith(b"\n"):
                break
            count, end, last = count + 1, end + len(line), line
        lines.truncate(end)
    try:
        return count, str(json.loads(last).get("id"))
    except (ValueError, AttributeError) as error:
        raise ValueError(f"{out}: expected lines of an earlier check, got something else") from error


def _after(parts: Iterable[Part], done: int, last: str, out: Path) -> Iterator[Part]:
    """The parts without the first `done` pictures; ValueError when the last of these is not named `last`."""
    for part in parts:
        names = part.source.names() if done else []
        if 0 < done <= len(names) and names[done - 1] != last:
            raise ValueError(f"{out}: expected {names[done - 1]} in line {done}, got {last}: a check of other pictures")
        if done == 0 or done < len(names):
            yield replace(part, done=done)
        done = max(0, done - len(names))
    if done:
        raise ValueError(f"{out}: expected no more lines than pictures, got {done} more")
