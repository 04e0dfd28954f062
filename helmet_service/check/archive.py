"""An archive (files, folders, shards) -> parts, and a part -> the request about each of its pictures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice, repeat
from pathlib import Path, PurePosixPath
from typing import Any, Final

from helmet_service.http.problems import refusal
from helmet_service.http.request_body import parse_json
from pose.data.archives import Member, is_archive, is_leftover, is_picture, opened
from pose.data.json_values import WrongValueError
from pose.data.labels import HELMET, read_labels
from pose.data.shards import labels_by_picture
from pose.errors import described

_FILES_A_PART: Final = 64  # enough work to send to another machine, little enough to repeat
_SHARD_KEYS: Final = ("hats", "hat_boxes", "vests")  # of a shard's JSON that go into the request

Request = dict[str, Any]
Make = Callable[[Request | None, int], Request]
"""Makes a picture's request: from the given one, if any, and from files of at most this many bytes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture's name, and its request as `/v1/compliance` takes it, or the error that prevented it."""

    name: str
    made: Request | Exception

    def request(self) -> Request:
        """The request; raises the error that prevented it."""
        if isinstance(self.made, Exception):
            raise self.made
        return self.made


@dataclass(frozen=True, slots=True)
class Files:
    """Some picture files, with their names in the archive."""

    named: tuple[tuple[str, Path], ...]

    def names(self) -> list[str]:
        """The pictures' names, in their order."""
        return [name for name, _ in self.named]

    def pictures(self) -> Iterator[tuple[str, Make]]:
        """The pictures, in the same order."""
        return ((name, partial(_of_file, path)) for name, path in self.named)


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard (`pose.data.shards`), whose JSON may hold hats or labels."""

    name: str
    path: Path

    def names(self) -> list[str]:
        """The pictures' names, in their order; the shard's own name when it cannot be read."""
        try:
            return [name for name, _ in self.pictures()]
        except (ValueError, OSError):
            return [self.name]

    def pictures(self) -> Iterator[tuple[str, Make]]:
        """The pictures, in the same order; make each request before asking for the next picture.

        Raises ValueError or OSError when the shard cannot be read.
        """
        with opened(self.path) as members:
            labels = labels_by_picture(members)
            for member in members:
                if is_picture(member.name):
                    yield str(member.name), partial(_of_member, member, labels.get(member.name.with_suffix("")))


@dataclass(frozen=True, slots=True)
class Part:
    """Pictures that one worker checks in turn.

    given: each picture's request, None where its shard decides; empty: all None. done: how many of the first pictures
    are checked already.
    """

    source: Files | Shard
    given: tuple[Request | None, ...] = ()
    done: int = 0


def parts_of(paths: Sequence[Path]) -> list[Part]:
    """The parts of an archive, in the order of the paths; in a folder, files by name come before its folders.

    A picture's name is its path within the given folder or shard, or the name of a given file.
    Raises ValueError for a missing path, and when there are no pictures at all.
    """
    sources: list[Files | Shard] = []
    loose: list[tuple[str, Path]] = []
    for name, path in (found for given in paths for found in _found(given.absolute())):
        if is_archive(name):
            sources += _bundled(loose)
            sources.append(Shard(name, path))
            loose = []
        else:
            loose.append((name, path))
    sources += _bundled(loose)
    if not sources:
        raise ValueError(f"PICTURES: expected at least one picture, got none in {', '.join(map(str, paths))}")
    return [Part(source) for source in sources]


def entries(part: Part, most_bytes: int) -> Iterator[Entry]:
    """The part's pictures that are not done; an entry holds what is wrong with its picture, or with the whole shard.

    most_bytes: of a file.
    """
    wanted = zip(part.source.pictures(), part.given or repeat(None), strict=False)
    todo = islice(wanted, part.done, None)
    while True:
        try:
            (name, make), given = next(todo)
        except StopIteration:
            return
        except Exception as error:  # noqa: BLE001  a broken shard must not end the check
            yield Entry(part.source.names()[0], error)
            return
        try:
            yield Entry(name, make(given, most_bytes))
        except Exception as error:  # noqa: BLE001  nor must a broken picture
            yield Entry(name, error)


def _found(path: Path) -> Iterator[tuple[str, Path]]:
    """Names and paths of the pictures and shards at a path."""
    if not path.is_dir():
        if not path.is_file():
            raise ValueError(f"PICTURES: expected files, folders or shards, got {path}, which is neither")
        yield path.name, path
        return
    for folder, folders, files in os.walk(path, onerror=_refuse_folder):
        folders.sort()
        for file in map(Path(folder).joinpath, sorted(files)):
            name = PurePosixPath(file.relative_to(path).as_posix())
            if (is_picture(name) or is_archive(file.name)) and not is_leftover(name) and file.is_file():
                yield str(name), file


def _refuse_folder(error: OSError) -> None:
    raise ValueError(f"PICTURES: expected folders that can be read, got {error}") from error


def _bundled(loose: Sequence[tuple[str, Path]]) -> Iterator[Files]:
    for first in range(0, len(loose), _FILES_A_PART):
        yield Files(tuple(loose[first : first + _FILES_A_PART]))


def _of_file(path: Path, given: Request | None, most_bytes: int) -> Request:
    _check_size(path.stat().st_size, "picture", most_bytes)
    return {**(given or {}), "picture": path.read_bytes()}


def _of_member(member: Member, labels: Member | None, given: Request | None, most_bytes: int) -> Request:
    if given is None and labels is not None:
        _check_size(labels.size, "labels", most_bytes)
        given = _of_labels(labels.read())
    _check_size(member.size, "picture", most_bytes)
    return {**(given or {}), "picture": member.read()}


def _check_size(size: int, name: str, most_bytes: int) -> None:
    if size > most_bytes:
        raise refusal(413, name, f"a file of at most {most_bytes} bytes", f"{size} bytes")


def _of_labels(data: bytes) -> Request:
    """The request in a shard's JSON: its `hats`, or else the labelled helmets where all heads are labelled."""
    labels = parse_json(data, "labels")
    if not isinstance(labels, dict):
        raise refusal(422, "labels", "an object", described(labels))
    if "hats" not in labels and labels.get("heads_complete"):
        try:
            known = read_labels(labels)
        except WrongValueError as error:
            raise refusal(422, error.field, error.expected, error.got) from error
        if known.heads_complete:
            boxes = (head.box for head in known.heads if head.kind == HELMET)
            return {"hats": [dict(zip(("left", "top", "width", "height"), box, strict=True)) for box in boxes]}
    return {name: labels[name] for name in _SHARD_KEYS if name in labels}
