"""Doing an act for a form: a refusal becomes the form's error, and nothing of the act stays."""

from collections.abc import Callable
from typing import TypeVar

from django import forms
from django.db import transaction

from yuzhou.capabilities.sense.rules.ngsild.problems import Problem
from yuzhou.kernel.errors import Conflict, Invalid, NotFound, message_for

R = TypeVar("R")


def attempt(form: forms.Form, act: Callable[[], R]) -> R | None:
    """Run the act; None where it was refused, with the reason at the field to blame."""
    try:
        with transaction.atomic():
            return act()
    except (Invalid, Conflict, NotFound, Problem) as error:
        named = str(getattr(error, "field", None) or "")
        field = next(
            (name for name in (named, named.rpartition(".")[2], f"{named.rpartition('.')[2]}_zh") if name in form.fields), None
        )
        form.add_error(field, message_for(error))
        return None
