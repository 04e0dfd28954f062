"""Made-up shards of one picture: whole ones in every form that is read, and those that no tool can use."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

KEYPOINTS = [[20 + 3 * i, 10 + 2 * i, (2, 1, 0)[i % 3]] for i in range(17)]
PERSON: dict[str, Any] = {"keypoints": KEYPOINTS, "source": "human", "box": [20, 10, 48, 32], "area": 814.08}
HEAD: dict[str, Any] = {"box": [30, 5, 12, 14], "kind": "helmet"}
LABELS: dict[str, Any] = {
    "width": 80,
    "height": 60,
    "people": [PERSON],
    "people_complete": True,
    "ignore": [[60, 10, 10, 40]],
    "heads": [HEAD],
    "heads_complete": True,
    "boxes": "whole head",
    "origin": "made up",
}
PICTURE = cv2.imencode(".png", np.arange(80 * 60 * 3, dtype=np.uint8).reshape(60, 80, 3))[1].tobytes()
Files = Mapping[str, bytes]


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


def files(labels: object = LABELS) -> Files:
    return {"a.png": PICTURE, "a.json": encoded(labels)}


def packed(content: Files) -> bytes:
    """A tar file of these."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def zipped(content: Files) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.mkdir("folder")
        for name, data in content.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def made_in_a_folder(folder: Path) -> bytes:
    """What `tar -cf x.tar .` writes."""
    (folder / "made").mkdir()
    for name, data in files().items():
        (folder / "made" / name).write_bytes(data)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        tar.add(folder / "made", ".")
    return buffer.getvalue()


def linked(kind: bytes, **links: str) -> bytes:
    """A tar file whose picture and labels are links of this kind to others of other names."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in {"kept/picture": PICTURE, "kept/labels": encoded(LABELS)}.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        for name, target in links.items():
            member = tarfile.TarInfo(name.replace("_", "."))
            member.type, member.linkname = kind, target
            tar.addfile(member)
    return buffer.getvalue()


def changed(**changes: object) -> bytes:
    return packed(files({**LABELS, **changes}))


def person(**changes: object) -> bytes:
    return changed(people=[{**PERSON, **changes}])


def head(**changes: object) -> bytes:
    return changed(heads=[HEAD, {**HEAD, **changes}])


def outcome(read: Callable[[], object]) -> object:
    """What was read, or the ValueError that was raised."""
    try:
        return read()
    except ValueError as error:
        return error


def without(of: Mapping[str, object], *names: str) -> dict[str, object]:
    return {name: value for name, value in of.items() if name not in names}


FORMATS = "a JPEG, PNG, BMP or WebP picture"
_JPEG = cv2.imencode(".jpg", np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8))[1].tobytes()
DAMAGED = _JPEG[: len(_JPEG) // 2] + b"\xff\xd9"
LEFTOVERS = {"._a.png": b"\0\5\x16\7", ".DS_Store": b"\0\0\0\1", "__MACOSX/b.png": b"\0", "._a.json": b"\0"}

# Each says the same as LABELS, beside one picture.
CLEAR: dict[str, Callable[[Path], bytes]] = {
    "as documented": lambda _: packed(files()),
    "made by tar -cf x.tar .": made_in_a_folder,
    "capital suffixes": lambda _: packed({"a.PNG": PICTURE, "a.JSON": encoded(LABELS)}),
    "what macOS leaves": lambda _: packed({**LEFTOVERS, **files()}),
    "other files": lambda _: packed({"README.txt": b"x", "meta.json": b"[", **files()}),
    "hard links": lambda _: linked(tarfile.LNKTYPE, a_png="kept/picture", a_json="./kept/labels"),
    "symbolic links": lambda _: linked(tarfile.SYMTYPE, b="kept/labels", a_png="./kept/../kept/picture", a_json="b"),
    "gzip": lambda _: gzip.compress(packed(files())),
    "bzip2": lambda _: bz2.compress(packed(files())),
    "xz": lambda _: lzma.compress(packed(files())),
    "zip": lambda _: zipped(files()),
    "zip of macOS": lambda _: zipped({**files(), **LEFTOVERS}),
    "a byte-order mark": lambda _: packed({**files(), "a.json": b"\xef\xbb\xbf" + encoded(LABELS)}),
    "UTF-16": lambda _: packed({**files(), "a.json": json.dumps(LABELS).encode("utf-16")}),
    "a person without box and area": lambda _: changed(people=[without(PERSON, "box", "area")]),
    "a person without source": lambda _: changed(people=[without(PERSON, "source")]),
    "flat keypoints": lambda _: person(keypoints=[value for triple in KEYPOINTS for value in triple]),
    "numbers as text": lambda _: changed(width="80", heads=[{**HEAD, "box": ["30", "5.0", "12", "14"]}]),
    "null for what is not known": lambda _: changed(width=None, boxes=None, people=[{**PERSON, "area": None}]),
    "flags as numbers": lambda _: changed(people_complete=1, heads_complete=1),
    "fields of others": lambda _: changed(person_boxes=[[1, 2, 3, 4]], camera=3),
}

# What no tool can use, and what each says of it behind the archive's name.
BROKEN: dict[str, tuple[bytes, str]] = {
    "an empty file": (b"", ": expected a tar or zip file, got an empty file"),
    "an HTML page": (b"<!DOCTYPE html><html>", ": expected a tar or zip file, got an HTML page"),
    "a Git LFS pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
        ": expected a tar or zip file, got a Git LFS pointer",
    ),
    "another file": (PICTURE, ": expected a tar or zip file, got a file that is no archive, truncated or damaged"),
    "cut in a picture": (packed(files())[:700], "truncated or damaged"),
    "cut between files": (packed(files())[: 512 + -(-len(PICTURE) // 512) * 512], "truncated or damaged"),
    "cut in a header": (packed(files())[: 512 + -(-len(PICTURE) // 512) * 512 + 100], "truncated or damaged"),
    "a damaged header": (packed({"a.txt": b""})[:512] + b"x" * 2048, "truncated or damaged"),
    "two tar files put together": (
        packed(files()) * 2,
        "damaged: expected nothing after the end of the archive",
    ),
    "a cut gzip file": (gzip.compress(packed(files()))[:-100], "truncated or damaged"),
    "a damaged xz file": (lzma.compress(packed(files()))[:100] + b"x" * 300, "truncated or damaged"),
    "a cut zip file": (zipped(files())[:-30], "truncated or damaged"),
    "a damaged zip file": (
        zipped(files()).replace(PICTURE[60:90], PICTURE[30:60]),
        ": a.png: expected a whole file, got",
    ),
    "no pictures": (packed({"a.json": b"{}"}), ": expected labelled pictures (.bmp .jpeg .jpg .png .webp), got none"),
    "links to nothing": (
        linked(tarfile.SYMTYPE, a_png="a.png", b_png="../b.png"),
        ": expected labelled pictures (.bmp .jpeg .jpg .png .webp), got none among 2 files",
    ),
    "no labels": (packed({"a.png": PICTURE}), ": a.png: expected a.json beside it, got none"),
    "a picture that is none": (packed({**files(), "a.png": b"x"}), f": a.png: expected {FORMATS}, got 1 bytes of no"),
    "an empty picture": (packed({**files(), "a.png": b""}), f": a.png: expected {FORMATS}, got no bytes"),
    "a damaged JPEG": (
        packed({"a.json": encoded(LABELS), "a.jpg": DAMAGED}),
        ": a.jpg: expected a whole JPEG picture, got a damaged JPEG",
    ),
    "a picture beyond all limits": (
        packed({**files(), "a.png": PICTURE[:16] + b"\0\1\0\0" * 2 + PICTURE[24:]}),
        ": a.png: expected a whole PNG picture, got",
    ),
    "broken JSON": (packed({**files(), "a.json": b'{"people": ['}), ": a.json: labels: expected JSON, got 12 bytes"),
    "deep JSON": (packed({**files(), "a.json": b"[" * 100_000}), ": a.json: labels: expected JSON, got 100000 bytes"),
    "no JSON": (packed({**files(), "a.json": b"\xff\xd8\xff"}), ": a.json: labels: expected JSON, got 3 bytes"),
    "a list": (packed(files([LABELS])), ": a.json: labels: expected an object, got a list of 1"),
    "another size": (changed(width=160), ": a.json: width: expected the picture's 80, got 160"),
    "half pixels": (changed(height=60.5), ": a.json: height: expected a whole number, got 60.5"),
    "people as an object": (changed(people={}), ": a.json: people: expected a list, got an object of 0 fields"),
    "a person as a list": (changed(people=[[]]), ": a.json: people[0]: expected an object, got a list of 0"),
    "an area below 0": (
        changed(people=[{**PERSON, "area": -5}]),
        ": a.json: people[0].area: expected a number of at least 0, got -5",
    ),
    "a region in shares": (
        changed(ignore=[[0.1, 0.1, 0.5, 0.5]]),
        ": a.json: ignore[0]: expected pixels, got shares of the picture",
    ),
    "a person's box in shares": (
        changed(people=[{**PERSON, "box": [0.1, 0.1, 0.5, 0.5]}]),
        ": a.json: people[0].box: expected pixels, got shares of the picture",
    ),
    "a confidence in percent": (
        changed(people=[{**PERSON, "source": "teacher", "keypoints": [[9, 9, 97]] * 17}]),
        ": a.json: people[0].keypoints[0]: expected a teacher's confidence of 0..1, got 97",
    ),
    "no keypoints": (
        changed(people=[without(PERSON, "keypoints")]),
        ": a.json: people[0].keypoints: expected 17 times [x, y, v], or the 51 numbers in one list, got nothing",
    ),
    "four keypoints": (
        person(keypoints=KEYPOINTS[:4]),
        ": a.json: people[0].keypoints: expected 17 times x, y, visibility, got a list of 4",
    ),
    "keypoints without visibility": (
        person(keypoints=[triple[:2] for triple in KEYPOINTS]),
        ": a.json: people[0].keypoints[0]: expected x, y, visibility, got a list of 2",
    ),
    "keypoints as text": (
        person(keypoints=[["x", 1, 2], *KEYPOINTS[1:]]),
        ': a.json: people[0].keypoints[0]: expected a number, got "x"',
    ),
    "confidences of people": (
        person(keypoints=[[20, 10, 0.7], *KEYPOINTS[1:]]),
        ": a.json: people[0].keypoints[0]: expected visibility 0, 1 or 2 of a human label, got 0.7",
    ),
    "a negative confidence": (
        person(source="teacher", keypoints=[[20, 10, -1], *KEYPOINTS[1:]]),
        ": a.json: people[0].keypoints[0]: expected a visibility or confidence of at least 0, got -1",
    ),
    "normalised keypoints": (
        person(keypoints=[[x / 80, y / 60, v] for x, y, v in KEYPOINTS]),
        ": a.json: people[0].keypoints: expected pixels, got shares of the picture",
    ),
    "another source": (
        person(source="robot"),
        ': a.json: people[0].source: expected human or teacher, got "robot"',
    ),
    "a box of two corners": (
        person(box=[[1, 2], [3, 4]]),
        ": a.json: people[0].box: expected a box [left, top, width, height] in pixels, got a list of 2",
    ),
    "a box that ends before it begins": (
        changed(ignore=[[60, 10, -10, 40]]),
        ": a.json: ignore[0]: expected a box [left, top, width, height] in pixels, width and height at least 0, "
        "got [60, 10, -10, 40]",
    ),
    "a box without end": (
        packed({**files(), "a.json": encoded({"ignore": [[0, 0, float("inf"), 1]]})}),
        ": a.json: ignore[0][2]: expected a number, got Infinity",
    ),
    "another kind": (head(kind="hat"), ': a.json: heads[1].kind: expected helmet or head, got "hat"'),
    "a head without box": (
        changed(heads=[without(HEAD, "box")]),
        ": a.json: heads[0].box: expected [left, top, width, height], got nothing",
    ),
    "a normalised head": (
        head(box=[0.4, 0.1, 0.15, 0.2]),
        ": a.json: heads[1].box: expected pixels, got shares of the picture",
    ),
    "a flag as text": (changed(heads_complete="yes"), ': a.json: heads_complete: expected true or false, got "yes"'),
}
