"""Kinds of values that only `cameras.yaml` has, beside those of `values/checked.py`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from marshmallow import ValidationError, fields, pre_load, validate, validates_schema

from helmet_service.cameras import named_secrets, schedule
from helmet_service.cameras.addresses import is_url, kinds_of
from helmet_service.cameras.named_secrets import Secret
from helmet_service.cameras.schedule import WeeklySpan
from helmet_service.cameras.site_mistakes import UNKNOWN_KEY
from helmet_service.values.checked import Object, says, text

NO_PASSWORD: Final = "an address without a password (user and password are keys of their own; @ is written %40)"  # noqa: S105
_SOURCE: Final = "rtsp://..., rtsps://..., http://..., https://..., a file, a device's number or push"
_URL: Final = "http://... or https://..."
_ID: Final = "1 to 64 of a-z, 0-9, - and _"
_PASSWORD_IN_QUERY: Final = re.compile(r"(?i)(?:pass|passwd|password|pwd|token|secret)=")

F = TypeVar("F", bound=fields.Field[Any])


def key(meaning: str, value: F) -> F:
    """A field with its meaning, for the documentation."""
    value.metadata = {**value.metadata, "meaning": meaning}
    return value


class Section(Object):
    """An object of the file; an unknown key is told which there are."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  marshmallow's own
        super().__init__(**options)
        self.error_messages["unknown"] = f"{UNKNOWN_KEY} ({', '.join(self.keys())})"

    def keys(self) -> dict[str, fields.Field[Any]]:
        """Its fields by their keys; who signs in comes last."""
        by_key = {field.data_key or name: field for name, field in self.load_fields.items()}
        return dict(sorted(by_key.items(), key=lambda item: item[0] in ("user", "password")))

    @pre_load
    def _without_nulls(self, data: Any, **_: Any) -> Any:  # noqa: ANN401
        """A key without a value, as `schedule:` in a line, is one that is not there."""
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if value is not None or name not in self.keys()}


def identifier(**options: Any) -> fields.String:  # noqa: ANN401  marshmallow's own
    """A name for paths and addresses."""
    return text(_ID, validate.Regexp(r"[a-z0-9_-]{1,64}\Z"), required=True, **options)


def words(most: int, **options: Any) -> fields.String:  # noqa: ANN401  marshmallow's own
    """A text of one line."""
    expected = f"text of 1 to {most} characters in one line"
    line = text(expected, validate.Length(1, most), **options)
    line.validators.append(validate.Predicate("isprintable", error=expected))
    return line


class SecretText(fields.Field[str]):
    """A text that a file or a variable holds."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  marshmallow's own
        super().__init__(error_messages=says(named_secrets.EXPECTED), **options)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:  # noqa: ANN401
        if not isinstance(value, Secret):
            raise self.make_error("invalid")
        return value.text


class Address(fields.Field[str]):
    """An address, which may be the text of a file or a variable: only then its query may hold a password."""

    def __init__(self, expected: str, **options: Any) -> None:  # noqa: ANN401  marshmallow's own
        super().__init__(error_messages=says(f"{expected}; or {{file: PATH}} or {{env: NAME}}"), **options)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:  # noqa: ANN401
        address = value.text if isinstance(value, Secret) else value
        if not isinstance(address, str) or not 1 <= len(address) <= 2000 or not address.isprintable():
            raise self.make_error("invalid")
        if "://" in address and not is_url(address):
            raise ValidationError(NO_PASSWORD if "@" in address else str(self.error_messages["invalid"]))
        if address is value and _PASSWORD_IN_QUERY.search(address):
            raise ValidationError("an address without a password, or {file: PATH} or {env: NAME} that holds it whole")
        return address


class SigningIn(Section):
    """Something that may ask for a user and a password."""

    user = key("With `password`: who signs in, by Basic or Digest.", words(200, load_default=None))
    password = key("With `user`.", SecretText(load_default=None))

    @validates_schema
    def _user_and_password(self, data: Mapping[str, Any], **_: Any) -> None:  # noqa: ANN401
        if (data["user"] is None) != (data["password"] is None):
            raise ValidationError("user and password, or neither", "password" if data["user"] else "user")


class Url(Address):
    """An address of a server that speaks HTTP."""

    def __init__(self) -> None:
        super().__init__(_URL, required=True)

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> str:  # noqa: ANN401
        address = super()._deserialize(value, *rest, **more)
        if not address.lower().startswith(("http://", "https://")):
            raise self.make_error("invalid")
        return address


class Source(Address):
    """Where a camera's pictures come from."""

    def __init__(self) -> None:
        super().__init__(_SOURCE, required=True)

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> str:  # noqa: ANN401
        number = isinstance(value, int) and not isinstance(value, bool)
        address = super()._deserialize(str(value) if number else value, *rest, **more)
        if not kinds_of(address):
            raise self.make_error("invalid")
        return address


class TimeOfWeek(fields.Field[WeeklySpan]):
    """Days and hours."""

    def __init__(self) -> None:
        super().__init__(error_messages=says(schedule.EXPECTED))

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> WeeklySpan:  # noqa: ANN401
        if not isinstance(value, str):
            raise self.make_error("invalid")
        try:
            return WeeklySpan.parse(value)
        except ValueError as error:
            raise ValidationError(str(error)) from None
