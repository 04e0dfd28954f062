"""Writes the model card: the facts of a model's `pose.json` as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

_PURPOSE: Final = (
    "Finding workers and their heads in site cameras' pictures, so that hats can be assigned to heads. Not for telling "
    "who somebody is, and not for decisions that no person looks at."
)
# The figures of the table, in this order.
_FIGURES: Final = (
    "AP", "AP50", "AP75", "APM", "APL", "AR", "heads_found", "heads_found_over_20px", "ghosts_per_100",
    "headless_per_100",
)  # fmt: skip

_HEADWEAR: Final = {
    "heads": "heads found",
    "helmets_right": "helmets told from bare heads, %",
    "bare_right": "bare heads told from helmets, %",
    "called_no_head": "called no head, %",
}

_HANDS: Final = {
    "hands": "hands",
    "pck_0.1": "PCK@0.1",
    "pck_0.2": "PCK@0.2",
    "side_right": "side right, %",
    "found": "found, %",
    "ghosts": "squares without a hand called one, %",
}


def model_card(name: str, version: str, files: Mapping[str, str], facts: Mapping[str, Any]) -> str:
    """The card in Markdown.

    files: a description of each file of the folder, by name.
    facts: as `export` writes them to `pose.json`: network, input, sizes and scores; optionally, from training or a
    person, data (rows of name, labels, licence), licence, recipe, configuration, purpose, limits. The card says which
    are missing.
    """
    sections = [
        f"# Model card: {name} {version}",
        f"**What it is.** {facts['network']}. {_sizes(facts['sizes'])}",
        f"**What it is for.** {facts.get('purpose', _PURPOSE)}",
        "**Files**\n\n" + _table(("file", "what", "bytes"), _file_rows(files, facts["sizes"]["bytes"])),
        f"**Input.** {facts['input']}.",
        f"**Training.** {_training(facts)}",
        "**Data and licences**\n\n" + _data(facts.get("data", ())),
        f"The weights are published under {facts.get('licence', 'a licence that nobody stated')}.",
        *([f"Those of hands are published under {facts['hands']['licence']}."] if _has_own_hands(facts) else []),
        "**How good it is**\n\n" + _scores(facts.get("scores", ())),
        f"In training: {_text(facts.get('scores_in_training'))}",
        *([f"**Headwear.** {_headwear(facts['headwear'])}"] if "headwear" in facts else []),
        *([f"**Hands.** {_hands(facts['hands'])}"] if "scores" in facts.get("hands", {}) else []),
        f"**Where it fails.** {facts.get('limits', 'Nobody has written it down yet.')}",
    ]
    return "\n\n".join(sections) + "\n"


def _has_own_hands(facts: Mapping[str, Any]) -> bool:
    return "licence" in facts.get("hands", {})


def _sizes(sizes: Mapping[str, Any]) -> str:
    return (
        f"{sizes['parameters'] / 1e6:.1f} million parameters, {sizes['gflop']:.1f} GFLOP (2 x MAC) at "
        f"{sizes['gflop_at']}, {sizes.get('answer', 'fields')} at a stride of {sizes['stride']}; serving runs it "
        f"{sizes['height']} pixels high and {', '.join(map(str, sizes['widths']))} wide."
    )


def _file_rows(files: Mapping[str, str], sizes: Mapping[str, int]) -> list[tuple[str, ...]]:
    return [(f"`{name}`", what, f"{sizes[name]:,}") for name, what in files.items()]


def _training(facts: Mapping[str, Any]) -> str:
    if "configuration" not in facts:
        return _text(facts.get("recipe"))
    return f"{facts.get('recipe', '')} The run's configuration stands in `pose.json`.".lstrip()


def _text(value: object) -> str:
    """Text unchanged, a mapping as a list, and a sentence for nothing."""
    if isinstance(value, Mapping):
        return "\n\n" + "\n".join(f"- {name}: {setting}" for name, setting in value.items())
    return str(value) if value else "Not stated."


def _data(data: Sequence[Mapping[str, str]]) -> str:
    if not data:
        return "Not stated."
    columns = ("data", "labels", "licence")
    return _table(columns, [(row["name"], row.get("labels", ""), row.get("licence", "not stated")) for row in data])


def _scores(scores: Sequence[Mapping[str, Any]]) -> str:
    """A row per data set and precision, and the command that repeats the measurement."""
    if not scores:
        return "Not measured."
    figures = [name for name in _FIGURES if any(name in row for row in scores)]
    rows = [
        (row["data"], row["precision"], str(row["pictures"]), *(f"{row[n]:.1f}" if n in row else "" for n in figures))
        for row in scores
    ]
    command = f"    python -m pose evaluate --data DATA.tar --model DIR --height {scores[0]['height']} --precision ..."
    return _table(("data", "precision", "pictures", *figures), rows) + f"\n\nby\n\n{command}"


def _headwear(facts: Mapping[str, Any]) -> str:
    """What the network of headwear learned from, and a row per data set for the heads that the fields found."""
    learned = f"A network of its own sees crops of heads. It learned from {_learned(facts['data'])}."
    rows = [
        (data, *(f"{row[name]:g}" if name in row else "" for name in _HEADWEAR))
        for data, sizes in facts.get("scores", {}).items()
        for row in sizes
        if row["size"] == "all"
    ]
    return f"{learned}\n\n{_table(('data', *_HEADWEAR.values()), rows)}" if rows else learned


def _hands(facts: Mapping[str, Any]) -> str:
    """What the network of hands learned from, and a row per data set, network and group of hands."""
    rows = [
        (data, row["network"], row["group"], *(f"{row[name]:g}" if name in row else "" for name in _HANDS))
        for data, measured in facts["scores"].items()
        for row in measured
    ]
    experimental = "**Experimental**: " if facts["experimental"] else ""
    return (
        f"{experimental}a network of its own finds 21 keypoints in crops of hands. It learned from "
        f"{', '.join(facts['data'])}, labelled by {facts['teacher']}; the labels of this table are the same teacher's "
        f"consensus of several looks. Clear hands: {facts['clear']}.\n\n"
        + _table(("data", "network", "group", *_HANDS.values()), rows)
    )


def _learned(data: Mapping[str, Sequence[str]]) -> str:
    """The archives, with what was said of them on the command line."""
    return "; ".join(f"{', '.join(names)} ({how})" for how, names in data.items() if names)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))
