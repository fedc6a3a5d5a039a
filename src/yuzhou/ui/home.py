"""What the first pages gather from the parts: tasks, widgets, notices and figures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import transaction
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from yuzhou.kernel import registry
from yuzhou.kernel.actor import Actor, ActorKind
from yuzhou.kernel.notices.api import list_notices
from yuzhou.kernel.requests import Request
from yuzhou.kernel.worklist.api import waiting_for
from yuzhou.ui.parts import Card, Empty, Tile
from yuzhou.ui.tables import Column, Table

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ShownWidget:
    """A widget of the desk with its HTML."""

    name: str
    title: Any
    html: SafeString


def widgets(request: Request) -> Iterator[ShownWidget]:
    """The declared widgets that the actor may see; one that fails is left out and logged, never the whole desk."""
    declared = sorted((widget for _part, widget in registry.every("widgets")), key=lambda widget: widget.order)
    for widget in declared:
        if widget.permission is not None and not request.actor.can(widget.permission):
            continue
        try:
            with transaction.atomic():
                html = registry.resolve(widget.run)(request)
        except Exception:
            logger.exception("widget failed", widget=widget.name)
            html = ""
        if html:
            yield ShownWidget(widget.name, widget.title, mark_safe(html))  # noqa: S308  # widgets return rendered templates


def work_table(request: Request) -> Table:
    """What waits for the actor."""
    columns = [
        Column("title", _("Task"), url=lambda item: item.url, wide=True),
        Column("severity", _("Severity"), kind="state", states="severity"),
        Column("where", _("Place")),
        Column("since", _("Since"), kind="time"),
        Column("due", _("Due"), kind="time"),
    ]
    text = _("New alarms, applications and requests for your area appear here.")
    empty = Empty(_("Nothing waits for you"), text, icon="checklist")
    rows = waiting_for(request.actor)
    return Table(request, columns, rows, name="work", caption=_("My tasks"), csv_name="tasks", empty=empty)


def notices(actor: Actor) -> Sequence[Any]:
    """The actor's latest notices that are unread."""
    if actor.kind is not ActorKind.PERSON:
        return ()
    return list_notices(actor=actor, only_unread=True, limit=5)


def portal_tiles() -> list[Tile]:
    """Figures of the city's platform."""
    systems = registry.plan_systems()
    claimed = {claim.system for domain in registry.domains() for claim in domain.makes}
    tiles = [Tile(_("Systems of the plan"), len(systems), url="/systems", icon="layout-grid")] if systems else []
    tiles.append(Tile(_("Systems at work, wholly or in part"), len(claimed & set(systems)), url="/systems", icon="circle-check"))
    tiles.append(Tile(_("Fields of city life"), len(registry.domains()), icon="building-community"))
    return tiles


def account_cards() -> list[Card]:
    """The pages of the account that are installed."""
    known = [
        ("administration-profile", _("My profile"), _("Name, phone, e-mail and language."), "user"),
        ("account_change_password", _("Change password"), _("Choose a new password; other sessions are signed out."), "password"),
        ("mfa_index", _("Second factor"), _("Authenticator app, passkeys and recovery codes."), "shield-lock"),
        ("usersessions_list", _("My sessions"), _("Where you are signed in; sign out the others."), "devices"),
        ("administration-tokens", _("API tokens"), _("Let programs act with some of your permissions."), "key"),
    ]
    return [Card(title, text, url, icon) for name, title, text, icon in known if (url := _address(name))]


def _address(name: str) -> str | None:
    try:
        return reverse(name)
    except NoReverseMatch:
        return None
