"""Made-up archives, and lines of the command to compare."""

from __future__ import annotations

import base64
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_tar(path: Path, members: Mapping[str, bytes | object]) -> Path:
    """A tar file of these; what is not bytes is written as JSON."""
    with tarfile.open(path, "w") as tar:
        for name, content in members.items():
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def write_lines(path: Path, lines: list[Any]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def read_lines(text: str) -> list[dict[str, Any]]:
    """The lines without their timings, which differ each time."""
    return [without_timings(json.loads(line)) for line in text.splitlines()]


def without_timings(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "timings_ms"}


def sample_hats(root: Path, name: str) -> list[dict[str, float]]:
    """The hats of a picture in samples/."""
    return [person["hat"] for person in json.loads((root / "samples" / "scenes.json").read_text())[name]["people"]]


def mixed_archive(root: Path, folder: Path) -> dict[str, tuple[bytes, dict[str, Any] | None]]:
    """Write an archive into a folder, with `hats.jsonl` beside it.

    Returns bytes and request by each picture's name, in the archive's order; None: no request can be made.
    """
    names = ("site_two.jpg", "site_far.jpg", "portrait.jpg")
    two, far, portrait = ((root / "samples" / name).read_bytes() for name in names)
    hats = {name: sample_hats(root, name) for name in names}
    (folder / "gates" / "north").mkdir(parents=True)
    (folder / "gates" / "z.jpg").write_bytes(two)
    (folder / "gates" / "broken.jpg").write_bytes(two[: len(two) // 2])
    (folder / "gates" / "forgotten.jpg").write_bytes(far)
    (folder / "gates" / "notes.txt").write_text("no picture")
    (folder / "gates" / "north" / "a.JPG").write_bytes(portrait)
    heads = [{"box": list(hat.values()), "kind": "helmet"} for hat in hats["site_far.jpg"]]
    bare = {"box": [1, 2, 30, 40], "kind": "head"}
    members = {
        "10.jpg": two,
        "10.json": {"hats": hats["site_two.jpg"], "hat_boxes": "shell", "camera": 7},
        "9.jpg": far,
        "9.json": {"heads": [*heads, bare], "heads_complete": True},
        "8.jpg": portrait,
        "8.json": {"heads": [bare], "heads_complete": False},
        "7.jpg": b"no picture",
        "7.json": {"hats": []},
    }
    write_tar(folder / "gates" / "south.tar", members)
    lines = [
        {"picture": "north/a.JPG", "hats": hats["portrait.jpg"], "include": ["head", "keypoints"]},
        {"picture": "z.jpg", "hats": hats["site_two.jpg"]},
        {"picture": "broken.jpg", "hats": []},
    ]
    write_lines(folder / "hats.jsonl", lines)
    far_hats = [dict(zip(("left", "top", "width", "height"), head["box"], strict=True)) for head in heads]
    return {
        "broken.jpg": (two[: len(two) // 2], {"hats": []}),
        "forgotten.jpg": (far, None),
        "10.jpg": (two, {"hats": hats["site_two.jpg"], "hat_boxes": "shell"}),
        "9.jpg": (far, {"hats": far_hats}),
        "8.jpg": (portrait, None),
        "7.jpg": (b"no picture", {"hats": []}),
        "z.jpg": (two, {"hats": hats["site_two.jpg"]}),
        "north/a.JPG": (portrait, {"hats": hats["portrait.jpg"], "include": ["head", "keypoints"]}),
    }


def request_of(picture: bytes, fields: dict[str, Any], name: str) -> dict[str, Any]:
    """What a client sends for the same answer."""
    return {"picture": base64.b64encode(picture).decode(), "id": name, **fields}
