"""Doing an act for a form: a refusal becomes the form's error, and nothing of the act stays."""

from collections.abc import Callable
from typing import TypeVar

from django import forms
from django.db import transaction

from yuzhou.kernel.errors import Conflict, Invalid, message_for

R = TypeVar("R")


def attempt(form: forms.Form, act: Callable[[], R]) -> R | None:
    """Run the act; None where it was refused, with the reason at the field to blame."""
    try:
        with transaction.atomic():
            return act()
    except (Invalid, Conflict) as error:
        field = getattr(error, "field", None)
        form.add_error(ALIASES.get(field, field) if ALIASES.get(field, field) in form.fields else None, message_for(error))
        return None


ALIASES = {"uscc": "firm_code", "on": "on"}
