"""What the tests of subscriptions play with: a receiver over HTTP, entities that change, subscriptions."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.capabilities.sense.stage import SYSTEM
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts.subscriptions import AttributeChange, Change, Happened, Subscription
from yuzhou.capabilities.sense.doors.notifier.sending import deliver_due
from yuzhou.capabilities.sense.doors.notifier.settings import NotifierSettings
from yuzhou.capabilities.sense.models import EntityRecord, SubscriptionRecord
from yuzhou.capabilities.sense.rules.ngsild.context import CORE_CONTEXT, Context
from yuzhou.capabilities.sense.services.subscriptions.noticing import note_changes
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.transactions import acting_as

NAME = "https://uri.etsi.org/ngsi-ld/default-context/"
ROOM = "urn:ngsi-ld:Room:1"


class Receiver:
    """Takes notifications; `status` is what it answers, `pause` how long it thinks."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.status, self.pause = 200, 0.0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                threading.Event().wait(outer.pause)
                if outer.status < 300:
                    outer.headers.append(dict(self.headers))
                    outer.taken.append(body)
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *given: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/notify"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def entities(self) -> list[dict[str, Any]]:
        """All entities told of, in their order."""
        return [entity for body in self.taken for entity in body["data"]]

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.close()


def subscribe(
    uri: str, *, actor: Actor = SYSTEM, context: Context = CORE_CONTEXT, endpoint: Any = (), **given: Any
) -> Subscription:
    """Subscribe to rooms; what is given stands in the subscription, `None` takes it out."""
    notification = {**given.pop("notification", {}), "endpoint": {"uri": uri, **dict(endpoint)}}
    body = {"type": "Subscription", "entities": [{"type": "Room"}], "notification": notification} | given
    with acting_as(actor):
        return api.create_subscription(
            actor=actor, body={name: value for name, value in body.items() if value is not None}, context=context
        )


def prop(value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, **more}


def write(
    urn: str = ROOM,
    event: Happened = Happened.UPDATED,
    *,
    types: tuple[str, ...] = (NAME + "Room",),
    place: str = "50.a",
    scopes: tuple[str, ...] = (),
    gone: tuple[str, ...] = (),
    **values: Any,
) -> None:
    """What a client's write does: the entity as it is then, and its change."""
    moment = now()
    with acting_as(SYSTEM):
        record = EntityRecord.objects.filter(urn=urn).first()
        before = dict(record.document) if record else {}
        changes = [
            AttributeChange(name, Happened.UPDATED if name in before else Happened.CREATED, "", (before.get(name) or [None])[0])
            for name in (key if ":" in key else NAME + key for key in values)
        ]
        written = {
            key if ":" in key else NAME + key: [one if isinstance(one, dict) else prop(one)] for key, one in values.items()
        }
        changes += [AttributeChange(NAME + name, Happened.DELETED, "", before[NAME + name][0]) for name in gone]
        document = {name: one for name, one in (before | written).items() if name not in {NAME + each for each in gone}}
        if event is Happened.DELETED and record is not None:
            record.delete()
            changes = []
        elif record is None:
            event = Happened.CREATED
            EntityRecord.objects.create(
                urn=urn,
                types=list(types),
                scopes=list(scopes),
                place_path=place,
                document=document,
                created_at=moment,
                modified_at=moment,
            )
        else:
            EntityRecord.objects.filter(urn=urn).update(document=document, modified_at=moment)
        change = Change(
            urn=urn,
            types=types,
            event=event,
            place_path=place,
            organisation_id=None,
            at=moment,
            attributes=tuple(changes),
            scopes=scopes,
            created_at=moment,
            modified_at=moment,
            gone=before if event is Happened.DELETED else None,
        )
        note_changes(changes=[change])


def deliver(listeners: Any = None, **settings: Any) -> None:
    """What the notifier does when it is woken."""
    found = listeners or api.Listeners()
    while api.make_notifications(found):
        pass
    deliver_due(NotifierSettings(**settings))


def seen(subscription: Subscription) -> Subscription:
    with acting_as(SYSTEM):
        return api.get_subscription(actor=SYSTEM, urn=subscription.urn)


def try_now(**more: Any) -> None:
    """Let the pause before the next try, the throttling and the claims be over."""
    with acting_as(SYSTEM):
        SubscriptionRecord.objects.update(next_try_at=None, claimed_until=None, **more)
