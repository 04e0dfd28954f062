"""Reads the pictures to label from shards and folders, and writes the labelled shard, picture by picture."""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final, Self

from pose.data.archives import Member, is_leftover, is_picture, opened
from pose.data.json_values import parse
from pose.data.labels import Labels, as_json
from pose.data.shards import LabelledPicture, is_json, labelled, labels_by_picture
from pose.errors import PoseError

_BLOCK: Final = tarfile.BLOCKSIZE


@dataclass(frozen=True, slots=True)
class Waiting:
    """A picture to label, in a shard or folder (`source`), and its JSON file, if any; both are read on demand."""

    source: Path
    picture: Member
    beside: Member | None

    def labelled(self) -> LabelledPicture:
        """The picture with its labels, size and origin; errors as of `read_shard`."""
        read = labelled(self.source, self.picture, self.beside)
        height, width, _ = read.pixels.shape
        origin = read.labels.origin or self.source.name
        return replace(read, labels=replace(read.labels, width=width, height=height, origin=origin))

    def files(self, labels: Labels) -> Mapping[str, bytes]:
        """Name -> bytes of the picture and of its JSON file with these labels."""
        stem, suffix = str(self.picture.name.with_suffix("")), self.picture.name.suffix.lower()
        given = parse(self.beside.read(), "labels") if self.beside else {}
        described = json.dumps(rewritten(given, labels), separators=(",", ":")).encode()
        return {stem + suffix: self.picture.read(), f"{stem}.json": described}


def rewritten(given: Mapping[str, Any], labels: Labels) -> dict[str, Any]:
    """The given JSON with these labels, whose additional people follow those given; everything else stays.

    Given people and heads stay unchanged, including heads without a kind and keys that the schema does not have.
    """
    given = {key: value for key, value in given.items() if value is not None}
    written, people = as_json(labels), given.get("people", [])
    heads: dict[str, Any] = {key: given[key] for key in ("heads", "heads_complete") if key in given}
    return {**given, **written, **heads, "people": [*people, *written["people"][len(people) :]]}


@contextmanager
def waiting(sources: Sequence[Path]) -> Iterator[list[Waiting]]:
    """Every picture of shards and folders, in order.

    Raises ValueError for a file that is no archive, when there is no picture, and for two pictures of one name.
    """
    found: dict[PurePosixPath, Waiting] = {}
    with ExitStack() as stack:
        for source in sources:
            members = _in_folder(source) if source.is_dir() else stack.enter_context(opened(source))
            labels = labels_by_picture(members)
            for picture in (member for member in members if is_picture(member.name)):
                name = picture.name.with_suffix("")
                if name in found:
                    raise ValueError(f"{source}: {picture}: expected pictures of different names, got two of this")
                found[name] = Waiting(source, picture, labels.get(name))
        if not found:
            raise ValueError(f"{', '.join(map(str, sources))}: expected pictures, got none")
        yield list(found.values())


def _in_folder(folder: Path) -> list[Member]:
    paths = {path: PurePosixPath(path.name) for path in sorted(folder.iterdir())}
    files = {
        path: name for path, name in paths.items() if (is_picture(name) or is_json(name)) and not is_leftover(name)
    }
    return [Member(name, path.stat().st_size, path.read_bytes) for path, name in files.items()]


class GrowingShard:
    """A shard that is written picture by picture, and continues after a kill with the first missing picture.

    It grows in a file beside `out` with a digest of `made_from` in its name, and is renamed to `out` when it is
    complete. Use it in a `with` statement.
    """

    def __init__(self, out: Path, made_from: object) -> None:
        """made_from: a JSON value that differs between runs that write different shards.

        Raises OSError when the file cannot be written, PoseError while another process writes it.
        """
        digest = hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()[:12]
        self._out = out
        self._path = out.with_name(f"{out.name}.{digest}.partial")
        self._file: IO[bytes] = self._path.open("r+b" if self._path.exists() else "w+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise PoseError(f"{self._path}: expected to be the only run that writes it, got another one") from error
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
        for name, content in picture.files(labels).items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            self._tar.addfile(member, io.BytesIO(content))
        self._file.flush()

    def finish(self) -> None:
        """Rename the complete shard to `out`."""
        self._tar.close()
        self._file.flush()
        os.replace(self._path, self._out)


def _whole_pairs(file: IO[bytes]) -> tuple[int, int]:
    """The number of pictures with labels in an incomplete shard, and their size in bytes."""
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
        pass  # the last member's header is incomplete
    return pairs, end
