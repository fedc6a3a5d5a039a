"""Subscriptions as clients write them, and as they are kept: names as IRIs (clauses 5.2.12 to 5.2.15, 5.8.1, 5.8.2)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yuzhou.capabilities.sense.rules.ngsild.context import Context
from yuzhou.capabilities.sense.rules.ngsild.endpoint import GEO_JSON, fault
from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data, not_supported
from yuzhou.capabilities.sense.rules.ngsild.query.q import parse_query
from yuzhou.capabilities.sense.rules.ngsild.subscription_members import MEMBERS, PLAIN, Document, rename_types, text
from yuzhou.capabilities.sense.rules.ngsild.times import parse_moment

DEFAULT_TRIGGERS = ("attributeCreated", "attributeUpdated")
Q_CONTEXT = "q@context"  # the @context in which the kept `q` is to be read


def read_subscription(body: Any, context: Context) -> Document:
    """A whole subscription; raises Problem. Members that the standard does not know are passed over."""
    document = read_fragment(body, context)
    if body.get("type") != "Subscription":
        raise fault("type")
    return check_whole(document)


def read_fragment(body: Any, context: Context) -> Document:
    """What an update gives: only the members in it, each checked; None where one is to go. Raises Problem."""
    if not isinstance(body, Mapping):
        raise bad_data("subscription-form")
    if body.get("type", "Subscription") != "Subscription":
        raise fault("type")
    _refuse_unsupported(body, context)
    document: Document = {}
    for member, read in MEMBERS.items():
        if member in body:
            document[member] = None if body[member] is None else read(body[member], member, context)
    if document.get("q"):
        document[Q_CONTEXT] = context.source
    return document


def merge(before: Document, fragment: Document) -> Document:
    """The subscription with an update in it (clause 5.5.8): members are replaced, those of `notification` one by one."""
    merged = {**before, **{name: value for name, value in fragment.items() if name != "notification"}}
    if fragment.get("notification"):
        merged["notification"] = _without_nulls({**before["notification"], **fragment["notification"]})
    elif "notification" in fragment:
        raise fault("notification")
    return check_whole(_without_nulls(merged))


def check_whole(document: Document) -> Document:
    """The subscription itself, if its members go together; else raises Problem."""
    if "notification" not in document:
        raise bad_data("subscription-missing", member="notification")
    if "endpoint" not in document["notification"]:
        raise bad_data("subscription-missing", member="notification.endpoint")
    if not (document.get("entities") or document.get("watchedAttributes")):
        raise bad_data("subscription-missing", member="entities")
    for one, other in (("timeInterval", "watchedAttributes"), ("timeInterval", "throttling")):
        if one in document and other in document:
            raise bad_data("subscription-together", one=one, other=other)
    _check_notification(document["notification"])
    return document


def expires(document: Document, now: datetime) -> datetime | None:
    """When it ends; raises Problem where that is over already."""
    text = document.get("expiresAt")
    if text is None:
        return None
    moment = parse_moment(text, "expiresAt")
    if moment <= now:
        raise bad_data("subscription-expired", value=text)
    return moment


def show(document: Mapping[str, Any], context: Context) -> Document:
    """A kept subscription in the words of a context."""
    shown = {name: value for name, value in document.items() if name != Q_CONTEXT}
    if "entities" in shown:
        shown["entities"] = [_show_selector(one, context) for one in shown["entities"]]
    if "watchedAttributes" in shown:
        shown["watchedAttributes"] = [context.compact(name) for name in shown["watchedAttributes"]]
    if "geoproperty" in shown.get("geoQ", {}):
        shown["geoQ"] = {**shown["geoQ"], "geoproperty": context.compact(shown["geoQ"]["geoproperty"])}
    notification = dict(shown["notification"])
    for member in ("attributes", "pick", "omit"):
        if member in notification:
            notification[member] = [name if name in PLAIN else context.compact(name) for name in notification[member]]
    shown["notification"] = notification
    return shown


def _show_selector(selector: Document, context: Context) -> Document:
    shown = {name: value for name, value in selector.items() if name != "types"}
    if shown["type"] != "*":
        shown["type"] = rename_types(shown["type"], context.compact)
    return shown


def _refuse_unsupported(body: Mapping[str, Any], context: Context) -> None:
    if body.get("csf") is not None:
        parse_query(text(body["csf"], "csf", context), context)
        raise not_supported("subscription-sources", member="csf")
    if body.get("temporalQ") is not None:
        raise not_supported("subscription-sources", member="temporalQ")


def _without_nulls(document: Document) -> Document:
    return {name: value for name, value in document.items() if value is not None}


def _check_notification(notification: Document) -> None:
    for other in ("pick", "omit"):
        if "attributes" in notification and other in notification:
            raise bad_data("subscription-together", one="attributes", other=other)
    twice = set(notification.get("pick", ())) & set(notification.get("omit", ()))
    if twice:
        raise bad_data("subscription-together", one="pick", other="omit")
    if notification.get("showChanges") and notification.get("format") in ("keyValues", "simplified"):
        raise bad_data("subscription-together", one="showChanges", other="format")
    if "joinLevel" in notification and "join" not in notification:
        raise bad_data("subscription-missing", member="notification.join")
    if notification["endpoint"]["accept"] == GEO_JSON and notification.get("join") == "flat":
        raise bad_data("subscription-together", one="join", other="accept")
