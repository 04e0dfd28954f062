"""Describes networks that are added to a model's folder after its export."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pose.estimation.model import DESCRIPTION, file_sha256
from pose.train.export.export import CARD, described
from pose.train.export.model_card import model_card


def describe_addition(folder: Path, key: str, entry: object, files: Sequence[str], facts: Mapping[str, Any]) -> None:
    """Write `pose.json` and the model card anew, with files that already lie in the folder, without those that do not.

    key: of `pose.json` and of its facts. entry: its value. files: their names. facts: information for people.
    """
    description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    description[key] = entry
    hashes = description["files"] | {name: file_sha256(folder / name) for name in files}
    description["files"] = {name: hashes[name] for name in sorted(hashes) if (folder / name).exists()}
    description["facts"][key] = dict(facts)
    whats = described([description["network"], *description["files"]])
    description["facts"]["sizes"]["bytes"] = {name: (folder / name).stat().st_size for name in whats}
    (folder / DESCRIPTION).write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")
    card = model_card(description["name"], description["version"], whats, description["facts"])
    (folder / CARD).write_text(card, encoding="utf-8")
