"""The endpoints of subscriptions: encrypted where they are kept, and led no farther than the administrator allows."""

import json
from typing import Any

from django.conf import settings

from yuzhou.capabilities.sense.models import SubscriptionRecord
from yuzhou.capabilities.sense.rules.ngsild.endpoint import SCHEMES
from yuzhou.capabilities.sense.rules.ngsild.problems import bad_data
from yuzhou.kernel.errors import Invalid
from yuzhou.kernel.keys.api import current_version_prefix, decrypt, encrypt
from yuzhou.kernel.outbound import Target, find_target, parse_networks

PURPOSE = "sense.subscription-endpoint"


def seal(record: SubscriptionRecord, endpoint: dict[str, Any]) -> None:
    """Keep an endpoint with its subscription."""
    record.endpoint = encrypt(PURPOSE, json.dumps(endpoint).encode(), bound_to=str(record.id))


def open_endpoint(record: SubscriptionRecord) -> dict[str, Any]:
    """The endpoint, with what opens doors."""
    return dict(json.loads(decrypt(PURPOSE, bytes(record.endpoint), bound_to=str(record.id))))


def target_of(uri: str) -> Target:
    """Where an endpoint leads, looked up and checked now. Raises Invalid `kernel.address-refused`."""
    return find_target(uri, parse_networks(settings.YUZHOU_NOTIFIER_ALLOW), schemes=tuple(SCHEMES))


def check_target(uri: str) -> None:
    """Refuse an endpoint that leads where notifications may not go. Raises Problem (BadRequestData).

    One whose name is not known yet is taken: it may come to be.
    """
    try:
        target_of(uri)
    except Invalid as error:
        if "private" in str(error.params.get("reason", "")):
            raise bad_data("subscription-private") from error


def outstanding_endpoints() -> int:
    """How many endpoints are closed with an old key."""
    prefix = current_version_prefix()
    return sum(not bytes(one).startswith(prefix) for one in SubscriptionRecord.objects.values_list("endpoint", flat=True))


def reencrypt_endpoints() -> int:
    """Close every endpoint with the current key; returns how many were under an old one."""
    prefix, changed = current_version_prefix(), 0
    for record in SubscriptionRecord.objects.select_for_update().iterator(chunk_size=1000):
        if not bytes(record.endpoint).startswith(prefix):
            seal(record, open_endpoint(record))
            record.save(update_fields=["endpoint"])
            changed += 1
    return changed
