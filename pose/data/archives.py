"""Archives of pictures (tar, compressed or not, and zip): the names and bytes of their files."""

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
from pose.errors import shown

PICTURE_SUFFIXES: Final = (".bmp", ".jpeg", ".jpg", ".png", ".webp")
_ARCHIVE_SUFFIXES: Final = (".tar", ".tar.bz2", ".tar.gz", ".tar.xz", ".tbz2", ".tgz", ".txz", ".zip")
_MOST_LINKS: Final = 40  # that Linux follows one after the other (path_resolution(7))
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_COMPRESSED: Final[Mapping[bytes, Callable[[IO[bytes]], Any]]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive.

    name: its path there, without `./`. size: in bytes. read: returns its bytes while the archive is open.
    """

    name: PurePosixPath
    size: int
    read: Callable[[], bytes]

    def __str__(self) -> str:
        """The name, safe to repeat in a message."""
        return shown(str(self.name))


def is_archive(name: str) -> bool:
    """Whether the name is one of an archive."""
    return name.lower().endswith(_ARCHIVE_SUFFIXES)


def is_picture(path: PurePosixPath) -> bool:
    """Whether the name is one of a picture."""
    return path.suffix.lower() in PICTURE_SUFFIXES


def is_leftover(path: PurePosixPath) -> bool:
    """Whether macOS added this file when it packed or copied others (`._a.jpg`, `__MACOSX/`, `.DS_Store`)."""
    return path.name.startswith("._") or path.name == ".DS_Store" or "__MACOSX" in path.parts


@contextmanager
def opened(path: Path) -> Iterator[Sequence[Member]]:
    """The files of an archive in its order, each name once, without macOS's leftovers; the content decides the format.

    Raises ValueError that names the archive and its member when it is no archive, truncated or damaged; OSError when
    it cannot be read.
    """
    with ExitStack() as stack:
        file = stack.enter_context(path.open("rb"))
        try:
            members = _members(file, stack)
        except Exception as error:
            got = lookalike(path) or f"a file that is no archive, truncated or damaged: {error}"
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
            # Unpacked as a whole, because each seek backwards in a compressed stream starts again at its beginning.
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
    if file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):  # tarfile takes damage after a file for the end
        raise tarfile.ReadError("expected the end of the archive, got other bytes")
    if file.read(2 * tarfile.RECORDSIZE).strip(b"\0"):  # of concatenated archives tarfile reads only the first
        raise tarfile.ReadError("expected nothing after the end of the archive, got more bytes")
    return members


def _linked(entry: tarfile.TarInfo, entries: Mapping[str, tarfile.TarInfo]) -> tarfile.TarInfo | None:
    """The entry that a hard or symbolic link leads to, or the entry itself; None where a link leaves the archive."""
    found: tarfile.TarInfo | None = entry
    for _ in range(_MOST_LINKS):
        if found is None or not (found.islnk() or found.issym()):
            return found
        folder = posixpath.dirname(found.name) if found.issym() else ""  # hard links start at the archive's root
        found = entries.get(posixpath.normpath(posixpath.join(folder, found.linkname)))
    return None


def _zipped(archive: zipfile.ZipFile) -> list[Member]:
    files = (entry for entry in archive.infolist() if not entry.is_dir())
    return [Member(PurePosixPath(f.filename), f.file_size, partial(archive.read, f)) for f in files]


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file: Any = tar.extractfile(member)  # None only for what is no file
    data: bytes = file.read()
    if len(data) != member.size:
        raise tarfile.ReadError(f"expected {member.size} bytes, got {len(data)}")
    return data


def _read(path: Path, member: Member) -> bytes:
    try:
        return member.read()
    except Exception as error:
        raise ValueError(f"{path}: {member}: expected a whole file, got: {error}") from error
