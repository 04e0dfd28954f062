"""Archives of pictures (tar, compressed or not, and zip): what their files are called, and their bytes."""

from __future__ import annotations

import bz2
import gzip
import lzma
import posixpath
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from pose.data.lookalikes import lookalike
from pose.wording import shown

PICTURE_SUFFIXES: Final = (".bmp", ".jpeg", ".jpg", ".png", ".webp")
_ARCHIVE_SUFFIXES: Final = (".tar", ".tar.bz2", ".tar.gz", ".tar.xz", ".tbz2", ".tgz", ".txz", ".zip")
_MOST_LINKS: Final = 40  # one after the other, as Linux follows them (path_resolution(7))
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_COMPRESSED: Final[Mapping[bytes, Callable[[IO[bytes]], Any]]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive. name: its path there, without `./`. size: in bytes. read: its bytes, while that is open."""

    name: PurePosixPath
    size: int
    read: Callable[[], bytes]

    def __str__(self) -> str:
        """The name fit for a message."""
        return shown(str(self.name))


def is_archive(name: str) -> bool:
    """Whether a file of this name is one, as far as its name tells."""
    return name.lower().endswith(_ARCHIVE_SUFFIXES)


def is_picture(path: PurePosixPath) -> bool:
    """Whether this is a picture, as far as its name tells."""
    return path.suffix.lower() in PICTURE_SUFFIXES


def is_leftover(path: PurePosixPath) -> bool:
    """Whether macOS left this beside the files that somebody packed or copied (`._a.jpg`, `__MACOSX/`, `.DS_Store`)."""
    return path.name.startswith("._") or path.name == ".DS_Store" or "__MACOSX" in path.parts


@contextmanager
def opened(path: Path) -> Iterator[Sequence[Member]]:
    """The files of an archive in its order, each name once, without what macOS left; its content tells what it is.

    Raises ValueError, naming the file and its member, for what is no archive, cut short or damaged, and OSError when
    it is not there.
    """
    with ExitStack() as stack:
        file = stack.enter_context(path.open("rb"))
        try:
            members = _members(file, stack)
        except Exception as error:
            got = lookalike(path) or f"one that is no archive, cut short or damaged: {error}"
            raise ValueError(f"{path}: expected a tar or zip file, got {got}") from error
        found = {member.name: member for member in members if not is_leftover(member.name)}
        yield [Member(m.name, m.size, partial(_read, path, m)) for m in found.values()]


def _members(file: IO[bytes], stack: ExitStack) -> list[Member]:
    head = file.read(6)
    file.seek(0)
    if head.startswith(_ZIP):
        return _zipped(stack.enter_context(zipfile.ZipFile(file)))
    for magic, unpack in _COMPRESSED.items():
        if head.startswith(magic):
            # Unpacked whole: each step back in a compressed stream would begin again at its start.
            return _tarred(stack.enter_context(_unpacked(unpack(file))), stack)
    return _tarred(file, stack)


@contextmanager
def _unpacked(content: IO[bytes]) -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as unpacked:
        shutil.copyfileobj(content, unpacked)
        unpacked.seek(0)
        yield unpacked


def _tarred(file: IO[bytes], stack: ExitStack) -> list[Member]:
    tar = stack.enter_context(tarfile.TarFile(fileobj=file))
    entries = {posixpath.normpath(entry.name): entry for entry in tar.getmembers()}
    files = ((entry.name, _linked(entry, entries)) for entry in tar.getmembers())
    members = [Member(PurePosixPath(name), f.size, partial(_extract, tar, f)) for name, f in files if f and f.isfile()]
    file.seek(tar.offset)
    if file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):  # tarfile takes damage behind the first file for it
        raise tarfile.ReadError("no end of the archive where one should be")
    if file.read(2 * tarfile.RECORDSIZE).strip(b"\0"):  # archives put together, of which tarfile reads the first
        raise tarfile.ReadError("more behind the end of the archive")
    return members


def _linked(entry: tarfile.TarInfo, entries: Mapping[str, tarfile.TarInfo]) -> tarfile.TarInfo | None:
    """What a hard or symbolic link leads to, any other entry itself; None where it leads out of the archive."""
    found: tarfile.TarInfo | None = entry
    for _ in range(_MOST_LINKS):
        if found is None or not (found.islnk() or found.issym()):
            return found
        folder = posixpath.dirname(found.name) if found.issym() else ""  # hard links begin at the archive's root
        found = entries.get(posixpath.normpath(posixpath.join(folder, found.linkname)))
    return None


def _zipped(archive: zipfile.ZipFile) -> list[Member]:
    files = (entry for entry in archive.infolist() if not entry.is_dir())
    return [Member(PurePosixPath(f.filename), f.file_size, partial(archive.read, f)) for f in files]


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file: Any = tar.extractfile(member)  # a file's is there
    data: bytes = file.read()
    if len(data) != member.size:
        raise tarfile.ReadError(f"{len(data)} of {member.size} bytes")
    return data


def _read(path: Path, member: Member) -> bytes:
    try:
        return member.read()
    except Exception as error:
        raise ValueError(f"{path}: {member}: expected a whole file, got: {error}") from error
