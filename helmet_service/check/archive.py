"""An archive (files, folders, shards) -> parts, and a part -> what is asked of each picture in it."""

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

_FILES_A_PART: Final = 64  # enough work to be worth sending to another machine, little enough to do again
_TAKEN: Final = ("hats", "hat_boxes", "vests")  # of a shard's JSON

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture's name, and the request about it as `/v1/compliance` takes it or what kept it from being made."""

    name: str
    asked: Fields | Exception

    def fields(self) -> Fields:
        """The request; raises what kept it from being made."""
        if isinstance(self.asked, Exception):
            raise self.asked
        return self.asked


@dataclass(frozen=True, slots=True)
class _Picture:
    """A picture that was found, and how it is read and the JSON beside it, with at most so many bytes."""

    name: str
    read: Callable[[int], bytes]
    read_labels: Callable[[int], bytes] | None = None


@dataclass(frozen=True, slots=True)
class Files:
    """Some files, each with the name it goes by."""

    named: tuple[tuple[str, Path], ...]

    def names(self) -> list[str]:
        """What the pictures are called, in their order."""
        return [name for name, _ in self.named]

    def pictures(self) -> Iterator[_Picture]:
        """The pictures, in the same order."""
        return (_Picture(name, partial(_read_file, path)) for name, path in self.named)


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard (`pose.data.shards`), whose JSON tells what is asked of its pictures."""

    name: str
    path: Path

    def names(self) -> list[str]:
        """What the pictures are called, in their order; the shard's own name alone when it cannot be read."""
        try:
            return [picture.name for picture in self.pictures()]
        except (ValueError, OSError):
            return [self.name]

    def pictures(self) -> Iterator[_Picture]:
        """The pictures, in the same order, each to be read before the next is asked for.

        Raises ValueError or OSError when the shard cannot be read.
        """
        with opened(self.path) as members:
            labels = labels_by_picture(members)
            for member in members:
                if is_picture(member.name):
                    beside = labels.get(member.name.with_suffix(""))
                    read_labels = partial(_read_member, beside, "labels") if beside else None
                    yield _Picture(str(member.name), partial(_read_member, member, "picture"), read_labels)


@dataclass(frozen=True, slots=True)
class Part:
    """Pictures that one worker checks one after the other.

    given: for each picture what is asked of it, None where that is left to its shard; empty: all of them.
    done: how many of the first are checked already.
    """

    source: Files | Shard
    given: tuple[Fields | None, ...] = ()
    done: int = 0


def parts_of(paths: Sequence[Path]) -> list[Part]:
    """The parts of an archive, in its order: paths as they stand, a folder's files by name and then its folders.

    A picture's name is its path within the folder or the shard that holds it; a file that stands by itself has its own.
    Raises ValueError for a path that is not there, and when there are no pictures at all.
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
        raise ValueError(f"PICTURES: expected some, got none in {', '.join(map(str, paths))}")
    return [Part(source) for source in sources]


def entries(part: Part, most_bytes: int) -> Iterator[Entry]:
    """The part's pictures that are not done; what is wrong with one, or with its shard, stands in its entry.

    most_bytes: of a picture's file.
    """
    wanted = zip(part.source.pictures(), part.given or repeat(None), strict=False)
    todo = islice(wanted, part.done, None)
    while True:
        try:
            picture, given = next(todo)
        except StopIteration:
            return
        except Exception as error:  # noqa: BLE001  the whole shard is broken, and others are checked
            yield Entry(part.source.names()[0], error)
            return
        yield _entry(picture, given, most_bytes)


def _entry(picture: _Picture, given: Fields | None, most_bytes: int) -> Entry:
    try:
        if given is None:
            given = _own_fields(picture.read_labels(most_bytes)) if picture.read_labels else {}
        return Entry(picture.name, {**given, "picture": picture.read(most_bytes)})
    except Exception as error:  # noqa: BLE001  whatever it is, it is this picture's, and the others are checked
        return Entry(picture.name, error)


def _found(path: Path) -> Iterator[tuple[str, Path]]:
    """Names and paths of the pictures and shards at a path."""
    if not path.is_dir():
        if not path.is_file():
            raise ValueError(f"PICTURES: expected files, folders or shards, got {path}, which is none")
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


def _read_file(path: Path, most_bytes: int) -> bytes:
    _check_size(path.stat().st_size, "picture", most_bytes)
    return path.read_bytes()


def _read_member(member: Member, field: str, most_bytes: int) -> bytes:
    _check_size(member.size, field, most_bytes)
    return member.read()


def _check_size(size: int, field: str, most_bytes: int) -> None:
    if size > most_bytes:
        raise refusal(413, field, f"a file of at most {most_bytes} bytes", f"{size} bytes")


def _own_fields(data: bytes) -> Fields:
    """What a shard's JSON asks: its `hats`; else, where all heads are labelled, the helmets among these."""
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
    return {name: labels[name] for name in _TAKEN if name in labels}
