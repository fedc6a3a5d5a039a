"""Event deliveries that ran out of attempts."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yuzhou.kernel.events import api
from yuzhou.ui.administration.acting import actor_of, ask_then, for_people
from yuzhou.ui.flow.answering import act_and_return
from yuzhou.ui.pages import render_page
from yuzhou.ui.parts import Confirm, Crumb, Empty, Fact, Facts, Tile, Tiles
from yuzhou.ui.tables import Column, Table

REPAIR = "kernel.events:repair"


@for_people(REPAIR)
def list_dead(request: HttpRequest) -> HttpResponse:
    """What is dead, and how the rest stands."""
    counts = api.count_open()
    tiles = Tiles(
        [
            Tile(_("Due"), counts.ready, icon="send"),
            Tile(_("Waiting behind others"), counts.waiting, icon="clock"),
            Tile(_("Dead"), counts.dead, tone="critical" if counts.dead else "", icon="alert-octagon"),
            Tile(_("Oldest due"), round(counts.oldest_seconds), "s", icon="history"),
        ]
    )
    columns = [
        Column("event_name", _("Event"), url=lambda dead: reverse("flow-delivery", args=[dead.id])),
        Column("subject", _("Subject")),
        Column("subscriber", _("Subscriber")),
        Column("occurred_at", _("Happened"), kind="time"),
        Column("attempts", _("Attempts"), kind="number"),
        Column("held_back", _("Held back"), kind="number"),
    ]
    rows = api.list_dead(actor=actor_of(request))
    empty = Empty(_("Nothing is dead"), _("Deliveries that fail again and again appear here until you retry or skip them."))
    table = Table(request, columns, rows, csv_name="dead-deliveries", empty=empty)
    return render_page(request, "ui/flow/deliveries.html", {"tiles": tiles, "table": table}, title=_("Event deliveries"))


@for_people(REPAIR)
def show_dead(request: HttpRequest, delivery: int) -> HttpResponse:
    """One dead delivery with its error."""
    dead = api.get_dead(actor=actor_of(request), delivery=delivery)
    context = {"dead": dead, "facts": Facts(_facts(dead))}
    crumbs = [Crumb(_("Event deliveries"), reverse("flow-deliveries")), Crumb(dead.event_name)]
    return render_page(request, "ui/flow/delivery.html", context, title=dead.event_name, crumbs=crumbs)


def _facts(dead: api.DeadDelivery) -> list[Fact]:
    return [
        Fact(_("Event"), dead.event_id, code=True),
        Fact(_("Subject"), dead.subject, code=True),
        Fact(_("Subscriber"), dead.subscriber, code=True),
        Fact(_("Happened"), dead.occurred_at),
        Fact(_("Attempts"), dead.attempts),
        Fact(_("Held back"), dead.held_back),
    ]


@for_people(REPAIR)
@require_POST
def retry(request: HttpRequest, delivery: int) -> HttpResponse:
    """Try again."""
    act = lambda: api.retry(actor=actor_of(request), delivery=delivery)  # noqa: E731  # an act to be tried
    return act_and_return(request, act, _("The delivery is tried again."), reverse("flow-deliveries"))


@for_people(REPAIR)
def skip(request: HttpRequest, delivery: int) -> HttpResponse:
    """Ask, then give it up."""
    dead = api.get_dead(actor=actor_of(request), delivery=delivery)
    confirm = Confirm(
        _("Skip this delivery?"),
        _("The subscriber will never learn of this event. What it held back runs at once."),
        _("Skip"),
        reverse("flow-deliveries"),
        _facts(dead),
    )
    done = _("The delivery is skipped; what it held back runs.")
    return ask_then(request, confirm, lambda: api.skip(actor=actor_of(request), delivery=delivery), done)
