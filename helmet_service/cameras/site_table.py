"""Every key of `cameras.yaml` as Markdown tables, for docs/cameras.md."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from marshmallow import fields

from helmet_service.cameras.outlet_options import KINDS
from helmet_service.cameras.site_schema import AlarmsSection, CameraSection
from helmet_service.cameras.site_values import Section, TimeOfWeek


def markdown_tables() -> str:
    """A table for a camera, for alarms and for each kind of outlet."""
    sections = {
        "A camera (`cameras:`, a list)": CameraSection(),
        "Alarms (`alarms:`, an object)": AlarmsSection(),
        **{f"An outlet of `kind: {kind}` (`outlets:`, a list)": options() for kind, options in KINDS.items()},
    }
    return "\n\n".join(f"### {title}\n\n{_table(section)}" for title, section in sections.items())


def _table(section: Section) -> str:
    rows = (f"| `{key}` | {_value(field)} | {_default(field)} | {_meaning(field)} |" for key, field in _flat(section))
    return "\n".join(["| Key | Value | Default | Meaning |", "|---|---|---|---|", *rows])


def _flat(section: Section) -> Iterator[tuple[str, fields.Field[Any]]]:
    """Keys and fields, those of an object behind it as `hats.url`."""
    for key, field in section.keys().items():
        yield key, field
        if isinstance(field, fields.Nested) and isinstance(field.schema, Section):
            yield from ((f"{key}.{inner}", inner_field) for inner, inner_field in _flat(field.schema))


def _value(field: fields.Field[Any]) -> str:
    expected = str(field.error_messages["required"]).replace("{{", "{").replace("}}", "}")
    return (
        f"{expected}: {_value(field.inner)}"
        if isinstance(field, fields.List) and isinstance(field.inner, TimeOfWeek)
        else expected
    )


def _default(field: fields.Field[Any]) -> str:
    if field.required:
        return "none: it must be there"
    if isinstance(field, fields.Nested) and field.load_default is not None:
        return "as below"
    return f"`{json.dumps(field.load_default() if callable(field.load_default) else field.load_default)}`"


def _meaning(field: fields.Field[Any]) -> str:
    return str(field.metadata["meaning"])
