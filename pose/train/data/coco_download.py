"""Downloads COCO 2017 from its owner, resumably, checks it and unpacks it.

The owner publishes no checksums. The MD5 sums here are those that several public projects record for the same files
(among them PaddleDetection and MLPerf's inference suite); sizes and the CRCs inside the archives are checked too.
COCO's labels are under CC BY 4.0, each picture under the licence of its Flickr page.
"""

from __future__ import annotations

import hashlib
import os
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Final

from tqdm import tqdm

from pose.errors import PoseError

OWNER: Final = "http://images.cocodataset.org"
_BLOCK: Final = 1 << 20
_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Archive:
    """path: below the owner's address. md5: of the file; None: not known. unpacks_to: the folder inside."""

    path: str
    md5: str | None
    unpacks_to: str


COCO_2017: Final = (
    Archive("annotations/annotations_trainval2017.zip", "f4bbac642086de4f52a3fdda2de5fa2c", "annotations"),
    Archive("zips/val2017.zip", "442b8da7639aecaf257c1dceb8ba8c80", "val2017"),
    Archive("zips/train2017.zip", "cced6f7f71b7629ddf16f17bbcfab6b2", "train2017"),
)


class DownloadError(PoseError):
    """A file cannot be downloaded, or its content is wrong."""


def fetch(folder: Path, archives: tuple[Archive, ...] = COCO_2017, base_url: str = OWNER) -> Iterator[str]:
    """Download, check and unpack each archive that `folder` does not hold yet; yields a line about each.

    A second call continues an interrupted download. Raises DownloadError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for archive in archives:
        done = folder / f".{archive.unpacks_to}.done"
        if done.exists():
            yield f"{folder / archive.unpacks_to}: exists already"
            continue
        file = folder / Path(archive.path).name
        download(f"{base_url}/{archive.path}", file)
        checked = _check(file, archive.md5)
        _unpack(file, folder)
        done.touch()
        file.unlink()
        yield f"{folder / archive.unpacks_to}: {checked}, unpacked"


def download(url: str, file: Path) -> None:
    """Download `url` to `file` by way of `file`.part, and continue an earlier call's part if the server supports it."""
    if file.exists():
        return
    part = file.with_name(file.name + ".part")
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            _receive(answer, part, have, url)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code != 416 or error.headers.get("Content-Range") != f"bytes */{have}":
            raise DownloadError(f"{url}: expected a file, got {error.code} {error.reason}") from error
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
        raise DownloadError(f"{url}: interrupted ({error}); run the command again to continue") from error
    os.replace(part, file)


def _receive(answer: HTTPResponse, part: Path, have: int, url: str) -> None:
    resumed = answer.status == 206
    start = have if resumed else 0
    length = answer.headers.get("Content-Length")
    total = start + int(length) if length is not None else None
    bar = tqdm(desc=part.stem, total=total, initial=start, unit="B", unit_scale=True)
    with part.open("ab" if resumed else "wb") as out, bar:
        while block := answer.read(_BLOCK):
            out.write(block)
            bar.update(len(block))
    got = part.stat().st_size
    if total is not None and got != total:
        raise DownloadError(f"{url}: expected {total} bytes, got {got}; run the command again to continue")


def _check(file: Path, md5: str | None) -> str:
    """Check the file and say what was checked; when its content is wrong, remove it and raise DownloadError."""
    if md5 is None:
        return _check_crcs(file)
    digest = hashlib.md5(usedforsecurity=False)
    with file.open("rb") as content, tqdm(desc="checking", total=file.stat().st_size, unit="B", unit_scale=True) as bar:
        while block := content.read(_BLOCK):
            digest.update(block)
            bar.update(len(block))
    if digest.hexdigest() != md5:
        file.unlink()
        raise DownloadError(f"{file}: expected MD5 {md5}, got {digest.hexdigest()}; removed, try again")
    return f"MD5 {md5} as expected"


def _check_crcs(file: Path) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            broken = archive.testzip()
    except zipfile.BadZipFile as error:
        broken = str(error)
    if broken is not None:
        file.unlink()
        raise DownloadError(f"{file}: expected a whole zip file, got a broken one ({broken}); removed, try again")
    return "no checksum known, size and the CRCs inside as expected"


def _unpack(file: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            for member in tqdm(archive.infolist(), desc="unpacking", unit="file"):
                archive.extract(member, folder)
    except zipfile.BadZipFile as error:
        raise DownloadError(f"{file}: expected a zip file, got {error}") from error
