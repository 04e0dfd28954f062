"""The parts of a model's folder beside the network of people: their description in `pose.json` and the card."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pose.estimation.model import DESCRIPTION, file_sha256
from pose.train.export.export import CARD, described
from pose.train.export.model_card import model_card


def describe_part(folder: Path, key: str, value: object, names: Sequence[str], facts: Mapping[str, Any]) -> None:
    """Describe a part whose files lie in the folder already; files that are no longer there are taken out.

    key, value: of `pose.json`. names: of the part's files. facts: information for people, for `key` of the facts.
    """
    description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    description[key] = value
    files = description["files"] | {name: file_sha256(folder / name) for name in names}
    description["files"] = {name: files[name] for name in sorted(files) if (folder / name).exists()}
    description["facts"][key] = dict(facts)
    whats = described([description["network"], *description["files"]])
    description["facts"]["sizes"]["bytes"] = {name: (folder / name).stat().st_size for name in whats}
    (folder / DESCRIPTION).write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")
    card = model_card(description["name"], description["version"], whats, description["facts"])
    (folder / CARD).write_text(card, encoding="utf-8")
