"""Pictures that wait for skeletons, out of shards and folders, and the shard that takes them, picture by picture."""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from pose.archives import PICTURE_SUFFIXES
from pose.errors import PoseError

Labels = dict[str, Any]

_BLOCK: Final = tarfile.BLOCKSIZE
_LISTS: Final = ("people", "ignore", "heads", "person_boxes")
_SOURCES: Final = ("human", "teacher")
_KINDS: Final = ("helmet", "head")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A picture as it lies in a shard or folder.

    source: the shard or folder. name: without its suffix. suffix: of the picture's file. encoded, described: the bytes
    of the picture and of its JSON, None without one.
    """

    source: Path
    name: str
    suffix: str
    encoded: bytes
    described: bytes | None

    def pixels(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 BGR; ValueError for bytes that are no picture."""
        pixels = cv2.imdecode(np.frombuffer(self.encoded, np.uint8), cv2.IMREAD_COLOR) if self.encoded else None
        if pixels is None:
            raise ValueError(f"{self._file}: expected a picture, got {len(self.encoded)} bytes that are none")
        return pixels.astype(np.uint8, copy=False)

    def labels(self) -> Labels:
        """What is labelled in this picture, with all keys that labels need; ValueError for what cannot be read."""
        empty: Labels = {"people": [], "people_complete": False, "ignore": [], "heads": [], "heads_complete": False}
        given = {} if self.described is None else self._parsed(self.described)
        labels = {**empty, "origin": self.source.name, **given}
        for problem in problems(labels):
            raise ValueError(f"{self.source}: {self.name}.json: {problem}")
        return labels

    @property
    def _file(self) -> str:
        return f"{self.source}: {self.name}{self.suffix}"

    def _parsed(self, text: bytes) -> Labels:
        try:
            return dict(json.loads(text))
        except (ValueError, TypeError) as error:
            raise ValueError(f"{self.source}: {self.name}.json: expected a JSON object, got {error}") from error


def problems(labels: Labels) -> Iterator[str]:
    """What in labels cannot be read, field by field."""
    for name in _LISTS:
        if not isinstance(labels.get(name, []), list):
            yield f"{name}: expected a list, got {type(labels[name]).__name__}"
            return
    boxes = [(f"{name}[{i}]", box) for name in ("ignore", "person_boxes") for i, box in enumerate(labels.get(name, []))]
    for i, head in enumerate(labels["heads"]):
        boxes.append((f"heads[{i}].box", head.get("box") if isinstance(head, dict) else head))
        if isinstance(head, dict) and head.get("kind") not in _KINDS:
            yield f"heads[{i}].kind: expected helmet or head, got {head.get('kind')}"
    for name, box in boxes:
        if not _numbers(box, (4,)):
            yield f"{name}: expected 4 numbers, got {box}"
    for i, person in enumerate(labels["people"]):
        if not isinstance(person, dict) or not _numbers(person.get("keypoints"), (17, 3)):
            yield f"people[{i}].keypoints: expected 17 x 3 numbers"
        elif person.get("source") not in _SOURCES:
            yield f"people[{i}].source: expected human or teacher, got {person.get('source')}"


def _numbers(values: object, shape: tuple[int, ...]) -> bool:
    try:
        array = np.array(values, np.float64)
    except (TypeError, ValueError):
        return False
    return array.shape == shape and bool(np.isfinite(array).all())


def waiting(sources: Sequence[Path]) -> list[Callable[[], Waiting]]:
    """Every picture of shards (tar files) and folders, in order, read when called.

    Raises ValueError for a file that is no tar, for no picture at all, and for two pictures of one name.
    """
    found: dict[str, Callable[[], Waiting]] = {}
    for source in sources:
        for name, read in _in_folder(source) if source.is_dir() else _in_shard(source):
            if name in found:
                raise ValueError(f"{source}: {name}: expected pictures of different names, got two of this")
            found[name] = read
    if not found:
        raise ValueError(f"{', '.join(map(str, sources))}: expected pictures, got none")
    return list(found.values())


def _in_folder(folder: Path) -> Iterator[tuple[str, Callable[[], Waiting]]]:
    for path in sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES):
        yield path.stem, partial(_from_folder, folder, path)


def _in_shard(shard: Path) -> Iterator[tuple[str, Callable[[], Waiting]]]:
    try:
        with tarfile.open(shard) as tar:
            members = {member.name: member for member in tar.getmembers() if member.isfile()}
    except tarfile.ReadError as error:
        raise ValueError(f"{shard}: expected a tar file of pictures, got: {error}") from error
    for name, member in members.items():
        path = PurePosixPath(name)
        if path.suffix in PICTURE_SUFFIXES:
            stem = str(path.with_suffix(""))
            yield stem, partial(_from_shard, shard, member, members.get(f"{stem}.json"))


def _from_folder(folder: Path, path: Path) -> Waiting:
    return Waiting(folder, path.stem, path.suffix.lower(), path.read_bytes(), None)


def _from_shard(shard: Path, member: tarfile.TarInfo, beside: tarfile.TarInfo | None) -> Waiting:
    path = PurePosixPath(member.name)
    described = None if beside is None else _content(shard, beside)
    return Waiting(shard, str(path.with_suffix("")), path.suffix, _content(shard, member), described)


def _content(shard: Path, member: tarfile.TarInfo) -> bytes:
    with shard.open("rb") as file:
        file.seek(member.offset_data)
        return file.read(member.size)


class GrowingShard:
    """A shard that is written picture by picture, and goes on after a kill with the first picture that is missing.

    It grows in a file beside `out` whose name tells what it is made from, and takes the name of `out` when it is whole.
    Use it in a `with` statement.
    """

    def __init__(self, out: Path, made_from: object) -> None:
        """made_from: what tells this run from others, as JSON.

        Raises OSError where the file cannot be written, PoseError where another process is writing it.
        """
        digest = hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()[:12]
        self._out = out
        self._path = out.with_name(f"{out.name}.{digest}.partial")
        self._file: IO[bytes] = self._path.open("r+b" if self._path.exists() else "w+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise PoseError(f"{self._path}: expected no other run that writes it, got one") from error
        self.done, end = _whole_pairs(self._file)
        self._file.seek(end)
        self._file.truncate()
        self._tar = tarfile.TarFile(fileobj=self._file, mode="w")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, picture: Waiting, labels: Labels) -> None:
        """Write a picture with its labels."""
        described = json.dumps(labels, separators=(",", ":")).encode()
        for suffix, content in ((picture.suffix, picture.encoded), (".json", described)):
            member = tarfile.TarInfo(picture.name + suffix)
            member.size = len(content)
            self._tar.addfile(member, io.BytesIO(content))
        self._file.flush()

    def finish(self) -> None:
        """Give the whole shard its name."""
        self._tar.close()
        self._file.flush()
        os.replace(self._path, self._out)


def _whole_pairs(file: IO[bytes]) -> tuple[int, int]:
    """How many pictures with their labels a broken-off shard holds, and how many bytes these are."""
    size = os.fstat(file.fileno()).st_size
    if size == 0:
        return 0, 0
    pairs, end = 0, 0
    try:
        with tarfile.open(fileobj=file, mode="r:") as tar:
            for member in tar:
                after = member.offset_data + -(-member.size // _BLOCK) * _BLOCK
                if member.name.endswith(".json") and after <= size:
                    pairs, end = pairs + 1, after
    except tarfile.ReadError:
        pass  # the last member's header is cut off
    return pairs, end
