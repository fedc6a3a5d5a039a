"""A command's parameters as a form, and as a seal that carries them from one page to the next."""

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms

from yuzhou.capabilities.sense.contracts import CommandField, CommandType
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Conflict, declare_message, gettext_noop
from yuzhou.kernel.keys.api import decrypt, encrypt

SEAL = "sense.command-confirmation"
FRESH_SECONDS = 900


def command_form(kind: CommandType) -> type[forms.Form]:
    """A form with the command's fields."""
    return type("CommandForm", (forms.Form,), {field.name: _field(field) for field in kind.fields})


def _field(field: CommandField) -> forms.Field:
    shared: dict[str, Any] = {"label": f"{field.title} ({field.unit})" if field.unit else field.title, "required": field.required}
    match field.kind:
        case "integer" if field.choices:
            return forms.TypedChoiceField(choices=[("", "—"), *field.choices], coerce=int, empty_value=None, **shared)
        case "integer":
            return forms.IntegerField(min_value=_whole(field.low), max_value=_whole(field.high), **shared)
        case "number":
            return forms.FloatField(min_value=field.low, max_value=field.high, **shared)
        case "moment":
            return forms.DateTimeField(widget=forms.DateTimeInput(), **shared)
        case "choice":
            return forms.ChoiceField(choices=list(field.choices), **shared)
        case "text":
            return forms.CharField(max_length=200, **shared)
        case "secret":
            return forms.CharField(max_length=200, widget=forms.PasswordInput(attrs={"autocomplete": "off"}), **shared)


def _whole(bound: float | None) -> int | None:
    return None if bound is None else int(bound)


def seal(values: Mapping[str, Any], *, bound_to: str) -> str:
    """What a person filled in, closed for the page that asks once more: a new password does not stand in it for all to read."""
    plain = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
    content = json.dumps({"at": now().timestamp(), "values": plain}).encode()
    return base64.urlsafe_b64encode(encrypt(SEAL, content, bound_to=bound_to)).decode()


def unseal(token: str, *, bound_to: str) -> dict[str, Any]:
    """What `seal` closed; raises Conflict where it is another's, broken, or older than a quarter of an hour."""
    try:
        content = json.loads(decrypt(SEAL, base64.urlsafe_b64decode(token), bound_to=bound_to))
        fresh = now().timestamp() - content["at"] < FRESH_SECONDS
        values: dict[str, Any] = content["values"]
    except Exception as error:  # whatever is wrong with it, it is not what was sealed
        raise Conflict("sense.command-stale") from error
    if not fresh:
        raise Conflict("sense.command-stale")
    return values


declare_message("sense.command-stale", gettext_noop("The confirmation is too old or not yours: fill in the command again."))
