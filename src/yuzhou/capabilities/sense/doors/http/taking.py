"""Takes readings in: who sends, what, under which key; answered when it is durable."""

import hashlib
import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils import translation

from yuzhou.capabilities.sense.contracts import QuarantinedFrame, RawFrame
from yuzhou.capabilities.sense.doors.http import uploads
from yuzhou.capabilities.sense.doors.http.core import PROTOCOL, HttpCore
from yuzhou.capabilities.sense.doors.http.delivery import CONFLICT, Delivery
from yuzhou.capabilities.sense.doors.http.problems import Problem
from yuzhou.capabilities.sense.doors.http.requests import Answer, Request
from yuzhou.capabilities.sense.doors.intake.book import MOST_SERIES, DeviceLink
from yuzhou.capabilities.sense.doors.payloads.columns import Columns
from yuzhou.capabilities.sense.doors.payloads.refusals import Refusals
from yuzhou.kernel.errors import word

KEY = re.compile(r"[\x21-\x7e]{1,255}")
SHOWN_ROWS = 20


async def take_of_device(core: HttpCore, request: Request, identity: str) -> Answer:
    """`POST /v1/devices/{identity}/readings`: a device sends its own."""
    link = core.device(request, identity)
    core.check_room()
    content = b""
    try:
        taking = _Taking(core, request, f"device:{link.entry.device_id}")
        content = await taking.read()
        columns = await uploads.read_columns(content, request.media_type, taking.refusals, device=identity)
        columns, links = uploads.of_devices(columns, core.book.get, taking.refusals, only=identity)
        return await taking.take(columns, links, sender=link)
    except Problem as problem:
        core.refused.keep(problem, request, identity, link, content)
        raise


async def take_of_many(core: HttpCore, request: Request) -> Answer:
    """`POST /v1/readings`: somebody who may writes for several devices."""
    writer = await core.run(core.keeper.writer, request)
    core.check_room()
    taking = _Taking(core, request, f"holder:{writer.actor.id}")
    content = await taking.read()
    columns = await uploads.read_columns(content, request.media_type, taking.refusals)
    named = {identity: link for identity in columns.devices if (link := core.book.get(identity)) is not None}
    ids = [link.entry.device_id for link in named.values()]
    reach: frozenset[UUID] = await core.run(core.keeper.within_reach, writer, ids)

    def find(identity: str) -> DeviceLink | None:
        link = named.get(identity)
        return link if link is not None and link.entry.device_id in reach else None

    columns, links = uploads.of_devices(columns, find, taking.refusals)
    return await taking.take(columns, links)


class _Taking:
    """One request on its way."""

    def __init__(self, core: HttpCore, request: Request, sender: str) -> None:
        self.core, self.request, self.sender = core, request, sender
        self.refusals = Refusals()
        self.key = request.headers.get("idempotency-key", "").strip()
        if "idempotency-key" in request.headers and not KEY.fullmatch(self.key):
            raise Problem(400, "http.key")
        uploads.check_media_type(request.media_type)
        self.content = b""

    async def read(self) -> bytes:
        """The body."""
        self.content = await self.request.body()
        return self.content

    async def take(self, columns: Columns, links: tuple[DeviceLink | None, ...], sender: DeviceLink | None = None) -> Answer:
        """Hand it to the store and wait until it is durable."""
        kept_in = await self.core.units_of(columns, links)
        columns, units = uploads.settled(columns, links, self.refusals, profiles=self.core.book.profiles, kept_in=kept_in)
        columns, known = uploads.without_links(columns, links)
        for link in known:
            if len(link.series) + len(columns.properties) > MOST_SERIES * 2:
                raise Problem(422, "payload.too-many-series", params={"most": MOST_SERIES})
        delivery = Delivery(
            self.core, len(self.content), sender, columns=columns, links=known, units=units, refusals=self.refusals
        )
        delivery.sender, delivery.key_given, delivery.digest = self.sender, self.key, self._digest()
        delivery.quarantined = self._refused_part(sender)
        if self.refusals and (self._is_strict or not len(columns)):
            return await self._refuse_all(delivery)
        if sender is not None and len(columns):
            kind = self.request.media_type.rsplit("/", 1)[-1].rsplit(".", 1)[-1]
            quirks = ("not-numeric",) if columns.unnumbered else ()
            delivery.raw = RawFrame(sender.entry.device_id, datetime.now(UTC), self.content, kind, quirks=quirks)
        return self._answered(delivery, await self.core.make_durable(delivery))

    @property
    def _is_strict(self) -> bool:
        return "handling=strict" in self.request.preferences

    def _digest(self) -> bytes:
        head = f"{self.request.path}\0{self.request.media_type}\0{self._is_strict}\0".encode()
        return hashlib.sha256(head + self.content).digest()

    async def _refuse_all(self, delivery: Delivery) -> Answer:
        """Nothing is taken; what was wrong goes to the quarantine all the same."""
        code = "http.strict" if self._is_strict and len(delivery.columns or ()) else "http.all-refused"
        if delivery.quarantined is not None:
            alone = Delivery(None, delivery.size, delivery.link, quarantined=delivery.quarantined)
            self.core.batcher.add(alone)
        raise Problem(422, code, refusals=self.refusals)

    def _refused_part(self, sender: DeviceLink | None) -> QuarantinedFrame | None:
        if not self.refusals:
            return None
        first = self.refusals.kept[0]
        rows = ", ".join(str(one.row) for one in self.refusals.kept[:SHOWN_ROWS])
        return QuarantinedFrame(
            protocol=PROTOCOL,
            code=first.code,
            content=self.content,
            received_at=datetime.now(UTC),
            peer=self.request.peer,
            identity=sender.entry.identity if sender is not None else self.sender,
            device_id=sender.entry.device_id if sender is not None else None,
            params={**first.params, "row": first.row, "field": first.field, "rows": rows, "refused": self.refusals.count},
        )

    def _answered(self, delivery: Delivery, answer: Any) -> Answer:
        if answer == CONFLICT:
            raise Problem(422, "http.key-reused")
        if not isinstance(answer, dict):
            raise Problem(422, "http.store-refused")
        headers = {"Idempotency-Replayed": "true"} if delivery.repeated else {}
        if self._is_strict:
            headers["Preference-Applied"] = "handling=strict"
        if "return=minimal" in self.request.preferences and not answer["refused"]:
            return Answer(204, headers={**headers, "Preference-Applied": "return=minimal"})
        with translation.override(self.request.language):
            worded = [
                {"code": one["code"], "row": one["row"], "field": one["field"], "detail": word(one["code"], one["params"])}
                for one in answer["refusals"]
            ]
        reply = Answer.json({**answer, "refusals": worded})
        reply.headers.update(headers)
        return reply
