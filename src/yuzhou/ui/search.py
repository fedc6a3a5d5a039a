"""The desk's search: every part is asked, and answers within what the actor may see."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from yuzhou.kernel import registry
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import PermissionDenied
from yuzhou.kernel.requests import Request
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Crumb, Empty

logger = structlog.get_logger(__name__)
SHORTEST = 2
LONGEST = 100
MOST_OF_ONE = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found, and where it is."""

    title: Any
    url: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one part found; `failed` if a provider of it could not answer."""

    title: Any
    hits: tuple[Hit, ...] = ()
    failed: bool = False


def find(actor: Actor, text: str) -> list[Answer]:
    """What each part finds, in the order of the parts; parts that find nothing are left out.

    A provider that fails is said in its part's answer; it never hides what the others found.
    """
    answers: dict[str, Answer] = {}
    for part, provider in registry.every("search"):
        before = answers.get(part.key, Answer(part.title))
        hits, failed = _ask(provider.name, provider.run, actor, text)
        answers[part.key] = Answer(part.title, (*before.hits, *hits), before.failed or failed)
    return [answer for answer in answers.values() if answer.hits or answer.failed]


def _ask(name: str, run: str, actor: Actor, text: str) -> tuple[list[Hit], bool]:
    try:
        with transaction.atomic():
            found: Iterable[tuple[Any, str]] = registry.resolve(run)(actor, text)
            return [Hit(title, url) for title, url in found][:MOST_OF_ONE], False
    except PermissionDenied:
        return [], False
    except Exception:  # whatever a part's provider raises
        logger.exception("search provider failed", provider=name)
        return [], True


def wanted(request: Request) -> str:
    """What was typed, cut to a length that is worth asking for."""
    return request.GET.get("q", "").strip()[:LONGEST]


def search(request: Request) -> HttpResponse:
    """What the installed parts find, by part."""
    if not request.actor.is_signed_in:
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
    text = wanted(request)
    too_short = 0 < len(text) < SHORTEST
    answers = find(request.actor, text) if len(text) >= SHORTEST else []
    context = {
        "text": text,
        "too_short": too_short,
        "answers": answers,
        "count": sum(len(answer.hits) for answer in answers),
        "empty": _nothing(text, too_short) if not answers else None,
    }
    return render_page(
        request, "ui/search.html", context, title=_("Search"), crumbs=[Crumb(_("My desk"), "/desk/"), Crumb(_("Search"))]
    )


def _nothing(text: str, too_short: bool) -> Empty:
    if too_short:
        return Empty(_("Type at least two characters"), _("A single character finds too much."), icon="search")
    if not text:
        return Empty(_("What are you looking for?"), _("Type a name, a number or a code."), icon="search")
    title = _("Nothing found for “{text}”").format(text=text)
    return Empty(title, _("Try fewer or other words. You find only what you may see."), icon="search")
