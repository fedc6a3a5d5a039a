"""JSON-LD contexts that are hosted here, and copies of those at hosts that an administrator allows (clause 5.13)."""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now

from yuzhou.capabilities.sense.contracts.entities import ContextInfo, ContextKind
from yuzhou.capabilities.sense.models import ContextRecord
from yuzhou.capabilities.sense.rules.ngsild.context import CORE_CONTEXT, Context, build_context
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, ProblemKind, bad_data, not_found
from yuzhou.kernel import acts
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Invalid, PermissionDenied
from yuzhou.kernel.ids import urn, uuid7
from yuzhou.kernel.outbound import fetch, find_target
from yuzhou.kernel.transactions import transaction_required

READ, WRITE = "sense.device:read", "sense.entity:write"
LARGEST = 1_000_000  # bytes of a context
KEPT_SECONDS = 30.0  # in a process, where an address is part of it: a context may be deleted or reloaded
MOST_KEPT = 512
_kept: dict[bytes, tuple[float, Context]] = {}


def context_for(source: Any) -> Context:
    """The context of a client's @context, ready for use; the same source again costs a look into memory.

    Raises Problem: LdContextNotAvailable for an address that is neither hosted here nor at an allowed host that answers.
    """
    if source is None:
        return CORE_CONTEXT
    key = orjson.dumps(source)
    found = _kept.get(key)
    if found is not None and found[0] > time.monotonic():
        return found[1]
    context = build_context(source, document_at)
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[key] = time.monotonic() + KEPT_SECONDS, context
    return context


def forget_contexts() -> None:
    """Look them up anew."""
    _kept.clear()


def document_at(url: str) -> Any:
    """The document at an address: hosted, kept from before, or fetched now and kept."""
    record = ContextRecord.objects.filter(url=url).first()
    if record is None:
        record = _fetched(url)
    ContextRecord.objects.filter(id=record.id).update(hits=F("hits") + 1, last_usage=Now())
    return record.body


def _fetched(url: str) -> ContextRecord:
    body = _download(url)
    record, _ = ContextRecord.objects.get_or_create(
        url=url,
        defaults={"kind": ContextKind.CACHED, "body": body, "created_at": now(), "fetched_at": now()},
    )
    return record


def _download(url: str) -> Any:
    """What an allowed host answers, within ten seconds and a megabyte, and never from a private network."""
    try:
        if (urlsplit(url).hostname or "").lower() not in settings.YUZHOU_CONTEXT_HOSTS:
            raise ValueError
        content = fetch(find_target(url), {"Accept": "application/ld+json, application/json"}, longest=LARGEST)
        body = orjson.loads(content)
    except (OSError, ValueError, Invalid) as error:
        raise Problem(ProblemKind.LD_CONTEXT_NOT_AVAILABLE, "context-unavailable", url=url[:500]) from error
    return _checked(body)


def _checked(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict) or "@context" not in body:
        raise bad_data("context-form")
    return {"@context": body["@context"]}


@transaction_required
def add_context(*, actor: Actor, body: Any, base_url: str) -> ContextInfo:
    """Host a context; its address is the base with the id behind. Raises Problem for what is none."""
    actor.require(WRITE)
    checked = _checked(body)
    build_context(checked["@context"], document_at)
    identifier = uuid7()
    organisations = sorted(actor.scope(WRITE).organisations)
    record = ContextRecord.objects.create(
        id=identifier,
        url=f"{base_url.rstrip('/')}/{identifier}",
        kind=ContextKind.HOSTED,
        body=checked,
        organisation_id=organisations[0] if organisations else None,
        created_at=now(),
    )
    acts.record(actor=actor, act=WRITE, subject=urn("context", identifier), details={"operation": "add-context"})
    return _info(record)


def list_contexts(*, actor: Actor, kind: ContextKind | None = None) -> list[ContextInfo]:
    """The contexts that are kept, of one kind or of all; a thousand at most, the newest first."""
    actor.require(READ)
    records = ContextRecord.objects.order_by("-created_at")
    return [_info(record) for record in (records.filter(kind=kind) if kind else records)[:1000]]


def get_context(*, actor: Actor, name: str) -> ContextInfo:
    """A context by its id or address; raises Problem (ResourceNotFound)."""
    actor.require(READ)
    return _info(_record(name))


@transaction_required
def delete_context(*, actor: Actor, name: str, reload: bool = False) -> None:
    """Forget a context, or fetch a copy anew. Raises Problem; PermissionDenied for another organisation's."""
    actor.require(WRITE)
    record = _record(name)
    if reload and record.kind != ContextKind.CACHED:
        raise bad_data("context-reload")
    reach = actor.scope(WRITE)
    if record.organisation_id and not (reach.everywhere or reach.place_paths or record.organisation_id in reach.organisations):
        raise PermissionDenied("kernel.permission-denied", permission=WRITE)
    if reload:
        ContextRecord.objects.filter(id=record.id).update(body=_download(record.url), fetched_at=now())
    elif not ContextRecord.objects.filter(id=record.id).delete()[0]:
        raise PermissionDenied("kernel.permission-denied", permission=WRITE)
    forget_contexts()
    acts.record(actor=actor, act=WRITE, subject=urn("context", record.id), details={"operation": "delete-context"})


def _record(name: str) -> ContextRecord:
    try:
        record = ContextRecord.objects.filter(id=UUID(name)).first()
    except ValueError:
        record = ContextRecord.objects.filter(url=name).first()
    if record is None:
        raise not_found("context-unknown", url=name[:500])
    return record


def _info(record: ContextRecord) -> ContextInfo:
    body: Mapping[str, Any] = record.body
    kind = ContextKind(record.kind)
    return ContextInfo(record.id, record.url, kind, record.created_at, record.last_usage, record.hits, body)
