"""Who is told of what: subscriptions to entities, how they go, and what waits."""

from uuid import UUID

import orjson
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts.subscriptions import DeliveryStatus, Subscription, SubscriptionStatus
from yuzhou.capabilities.sense.rules.ngsild.context import CORE_CONTEXT
from yuzhou.capabilities.sense.rules.ngsild.subscription import show
from yuzhou.capabilities.sense.web.profiles import form_page
from yuzhou.capabilities.sense.web.saving import attempt
from yuzhou.capabilities.sense.web.subscription_forms import SubscriptionForm, initial_of
from yuzhou.ui.pages import confirm_page, render_page
from yuzhou.ui.parts import Confirm, Crumb, Empty, Fact, Facts
from yuzhou.ui.tables import Column, Table

SUBSCRIBE = "sense.entity:subscribe"
MOST = 1000


def _home() -> list[Crumb]:
    return [Crumb(_("Devices"), reverse("sense:devices")), Crumb(_("Subscriptions"), reverse("sense:subscriptions"))]


@require_safe
def subscriptions(request: HttpRequest) -> HttpResponse:
    """All that the reader may see, with how they go."""
    found = api.list_subscriptions(actor=request.actor, limit=MOST)
    columns = [
        Column(
            "name",
            _("Name"),
            kind="link",
            url=lambda one: reverse("sense:subscription", args=[one.id]),
            value=lambda one: one.name or one.urn,
        ),
        Column("status", _("State"), value=word_status),
        Column("delivery", _("Last delivery"), value=word_delivery),
        Column("times_sent", _("Tries"), kind="number"),
        Column("times_failed", _("Failed"), kind="number"),
        Column("waiting", _("Waiting"), kind="number"),
        Column("last_success", _("Last success"), kind="time"),
        Column("owner", _("By")),
    ]
    nothing = Empty(
        _("There are no subscriptions yet"), _("A subscription tells other software of changes as they happen."), icon="bell"
    )
    table = Table(
        request, columns, found, caption=_("Subscriptions"), name="subscriptions", empty=nothing, live="sense.subscription"
    )
    crumbs = [_home()[0], Crumb(_("Subscriptions"))]
    return render_page(request, "sense/subscriptions.html", {"table": table}, title=_("Subscriptions"), crumbs=crumbs)


@require_safe
def subscription(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """One subscription; what is told moves its figures while the page is open."""
    found = api.get_subscription(actor=request.actor, urn=subscription_id)
    waiting = api.list_waiting(actor=request.actor, urn=subscription_id)
    columns = [
        Column("made_at", _("Made"), kind="time", seconds=True),
        Column("due_at", _("Due"), kind="time", seconds=True),
        Column("attempts", _("Tries"), kind="number"),
        Column("entities", _("Entities"), value=lambda one: ", ".join(one.entities), wide=True, fold=200),
    ]
    nothing = Empty(_("Nothing waits"), _("Everything that was to be told was delivered."), icon="check")
    context = {
        "subscription": found,
        "facts": Facts(_facts(found)),
        "definition": orjson.dumps(show(found.document, CORE_CONTEXT), option=orjson.OPT_INDENT_2).decode(),
        "waiting": Table(request, columns, waiting, caption=_("Waiting to be delivered"), name="waiting", empty=nothing),
        "paused": found.status is SubscriptionStatus.PAUSED,
        "live": f"sense.subscription.{found.id}",
    }
    title = found.name or found.urn
    return render_page(request, "sense/subscription.html", context, title=title, crumbs=[*_home(), Crumb(title)])


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, subscription_id: UUID | None = None) -> HttpResponse:
    """A new subscription, or another definition of one."""
    actor = request.actor
    actor.require(SUBSCRIBE)
    found = api.get_subscription(actor=actor, urn=subscription_id) if subscription_id else None
    form = SubscriptionForm(request.POST or None, initial=initial_of(found) if found else None)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: _save(request, form, found))
        if made is not None:
            messages.success(request, _("The subscription is saved: changes are told from now on."))
            return redirect("sense:subscription", made.id)
    title = _("Change the subscription") if found else _("New subscription")
    back = reverse("sense:subscription", args=[found.id]) if found else reverse("sense:subscriptions")
    return form_page(request, form, title, _("Save"), back, [*_home(), Crumb(title)])


def _save(request: HttpRequest, form: SubscriptionForm, found: Subscription | None) -> Subscription:
    body = form.body()
    if found is not None:
        endpoint = found.document["notification"]["endpoint"]
        body["notification"]["endpoint"] = {**endpoint, **body["notification"]["endpoint"]}
        return api.update_subscription(actor=request.actor, urn=found.id, body=body, context=CORE_CONTEXT)
    given = {name: value for name, value in body.items() if value is not None}
    return api.create_subscription(actor=request.actor, body=given, context=CORE_CONTEXT)


@require_POST
def pause(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """Pause, or go on."""
    paused = request.POST.get("paused") == "1"
    api.pause_subscription(actor=request.actor, urn=subscription_id, paused=paused)
    messages.success(request, _("The subscription is paused.") if paused else _("Changes are told again."))
    return redirect("sense:subscription", subscription_id)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """End a subscription, once it is confirmed."""
    found = api.get_subscription(actor=request.actor, urn=subscription_id)
    if request.method == "POST":
        api.delete_subscription(actor=request.actor, urn=subscription_id)
        messages.success(request, _("The subscription is ended."))
        return redirect("sense:subscriptions")
    confirm = Confirm(
        _("End this subscription?"),
        _("What waits to be delivered is dropped, and nothing is told any more."),
        _("End the subscription"),
        reverse("sense:subscription", args=[subscription_id]),
        facts=[Fact(_("Name"), found.name or found.urn), Fact(_("Waiting"), found.waiting)],
    )
    return confirm_page(request, confirm)


def word_status(found: Subscription) -> str:
    """Whether it tells."""
    words = {
        SubscriptionStatus.ACTIVE: _("Active"),
        SubscriptionStatus.PAUSED: _("Paused"),
        SubscriptionStatus.EXPIRED: _("Expired"),
    }
    return words[found.status]


def word_delivery(found: Subscription) -> str:
    """How the last delivery went."""
    if found.delivery is None:
        return _("none yet")
    return _("Failed") if found.delivery is DeliveryStatus.FAILED else _("delivered")


def _facts(found: Subscription) -> list[Fact]:
    facts = [
        Fact(_("State"), word_status(found)),
        Fact(_("Last delivery"), word_delivery(found)),
        Fact(_("Address of the receiver"), found.document["notification"]["endpoint"]["uri"], code=True),
        Fact(_("By"), found.owner),
        Fact(_("Tries"), found.times_sent),
        Fact(_("Failed"), found.times_failed),
        Fact(_("Waiting"), found.waiting),
        Fact(_("Given up"), found.dropped),
        Fact(_("Last success"), found.last_success),
        Fact(_("Next try"), found.next_try_at),
    ]
    return [*facts, Fact(_("Last failure"), found.failure)] if found.failure else facts
