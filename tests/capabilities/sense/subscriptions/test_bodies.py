"""How a subscription is answered (clause 5.2.12): what was given, and what became of it."""

import pytest

from tests.capabilities.sense.subscriptions.stage import Receiver, deliver, seen, subscribe, write
from yuzhou.capabilities.sense.http.ngsild.subscription_bodies import subscription_body
from yuzhou.capabilities.sense.rules.ngsild.context import CORE_CONTEXT

pytestmark = [pytest.mark.django_db, pytest.mark.owner]


def test_a_subscription_with_its_counters(receiver: Receiver) -> None:
    made = subscribe(receiver.url, watchedAttributes=["temperature"])
    fresh = subscription_body(made, CORE_CONTEXT)
    assert fresh["notification"] == {
        "endpoint": {"uri": receiver.url, "accept": "application/json"},
        "timesSent": 0,
        "timesFailed": 0,
    }
    assert (fresh["status"], fresh["notificationTrigger"]) == ("active", ["attributeCreated", "attributeUpdated"])
    write(temperature=1)
    deliver()
    told = subscription_body(seen(made), CORE_CONTEXT, sys_attrs=True)
    assert (told["notification"]["timesSent"], told["notification"]["status"]) == (1, "ok")
    assert told["notification"]["lastSuccess"].endswith("Z")
    assert {"createdAt", "modifiedAt"} <= told.keys()
    assert (told["entities"], told["watchedAttributes"]) == ([{"type": "Room"}], ["temperature"])
