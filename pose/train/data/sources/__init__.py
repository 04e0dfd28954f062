"""Sources of examples: `[WEIGHT*]KIND:ARGUMENT`, or a user's function (docs/custom-data.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pose.data.archives import is_archive
from pose.train.data.examples import DataConfig, Example
from pose.train.data.sources import coco, plugin, shard


@dataclass(frozen=True, slots=True)
class Source:
    """kind: `shard`, `coco` or `package.module:function`. argument: the text after it. weight: see `DataConfig`."""

    kind: str
    argument: str
    weight: float = 1.0


def parse_source(text: str) -> Source:
    """The source that a text names; ValueError for any other text."""
    weight, rest = _weight_apart(text)
    kind, colon, argument = rest.partition(":")
    if not colon or not argument or (kind not in ("shard", "coco") and not plugin.is_name(rest.partition("=")[0])):
        raise ValueError(
            "source: expected shard:FILE.tar, coco:ANNOTATIONS.json,PICTURES_DIR or package.module:function=ARGUMENT, "
            f"each after an optional WEIGHT*, got {text!r}"
        )
    if kind not in ("shard", "coco"):
        kind, _, argument = rest.partition("=")
    return Source(kind, argument, float(weight.removesuffix("*") or 1))


def read_source(source: Source, config: DataConfig) -> Iterator[Example]:
    """A source's examples in a fixed order, with weights multiplied by the source's.

    Raises ValueError or OSError that names the source's file when it cannot be read or has no picture.
    """
    match source.kind:
        case "shard":
            examples = shard.read(Path(source.argument), config)
        case "coco":
            examples = coco.read(*coco.paths(source.argument))
        case _:
            examples = plugin.read(source.kind, source.argument)
    example: Example | None = None
    for example in examples:
        yield replace(example, weight=example.weight * source.weight)
    if example is None:
        raise ValueError(f"{source.kind}:{source.argument}: expected labelled pictures, got none")


def source_files(source: Source) -> list[Path]:
    """The files and folders on which the source's examples depend."""
    match source.kind:
        case "shard":
            return [Path(source.argument)]
        case "coco":
            return list(coco.paths(source.argument))
        case _:
            return plugin.files(source.kind, source.argument)


def with_kind(text: str) -> str:
    """`[WEIGHT*]FILE.tar`, an archive without a kind, as `[WEIGHT*]shard:FILE.tar`; any other text unchanged."""
    weight, rest = _weight_apart(text)
    return f"{weight}shard:{rest}" if is_archive(rest) and ":" not in rest else text


def _weight_apart(text: str) -> tuple[str, str]:
    """`WEIGHT*`, empty where there is none, and the text after it."""
    weight, star, rest = text.partition("*")
    return (weight + star, rest) if star and _is_number(weight) else ("", text)


def _is_number(text: str) -> bool:
    try:
        return float(text) >= 0
    except ValueError:
        return False
