"""Errors that people and machines meet: a stable code with parameters, worded only at display."""

from typing import Any

_messages: dict[str, str] = {}


class YuzhouError(Exception):
    """A refusal with a stable `code` (`part.reason`) and parameters for its message."""

    status = 400

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


class Invalid(YuzhouError):
    """The input breaks a rule; `field` names the form field or JSON member, if one is to blame."""

    status = 422

    def __init__(self, code: str, *, field: str | None = None, **params: Any) -> None:
        super().__init__(code, **params)
        self.field = field


class PermissionDenied(YuzhouError):
    """The actor lacks a permission, or holds it elsewhere."""

    status = 403


class NotFound(YuzhouError):
    """Nothing of that name that the actor may see."""

    status = 404


class Conflict(YuzhouError):
    """The state of the thing does not allow the act."""

    status = 409


class TooMany(YuzhouError):
    """A limit of rate or size is reached."""

    status = 429


def declare_message(code: str, message: str) -> str:
    """Give a code its English sentence (wrapped in `gettext_noop`), with `{name}` for parameters; returns the code."""
    _messages[code] = message
    return code


def declared_messages() -> dict[str, str]:
    """Every declared code with its English sentence."""
    return dict(_messages)


def word(code: str, params: dict[str, Any]) -> str:
    """The sentence of a code in the active language; the code itself where no sentence was declared.

    A parameter with a text in each language is given as `title_zh` and `title_en`; the sentence names `{title}`.
    """
    from django.utils.translation import get_language, gettext

    message = _messages.get(code)
    if message is None:
        return code
    tail = "_zh" if (get_language() or "zh").startswith("zh") else "_en"
    own = {name.removesuffix(tail): value for name, value in params.items() if name.endswith(tail)}
    return gettext(message).format_map({**params, **own})


def message_for(error: YuzhouError) -> str:
    """The sentence for an error in the active language."""
    return word(error.code, error.params)


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without Django."""
    return message


declare_message("kernel.permission-denied", gettext_noop("You lack the permission “{permission}” here."))
declare_message("kernel.not-found", gettext_noop("There is nothing here that you may see."))
declare_message("kernel.no-transaction", gettext_noop("This act needs a transaction."))
