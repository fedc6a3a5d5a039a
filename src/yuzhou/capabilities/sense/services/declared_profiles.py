"""The profiles that the parts of the product declare, brought into the table: they are read-only on the desk."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace

from yuzhou.capabilities.sense.contracts import Profile
from yuzhou.capabilities.sense.contracts.profile_notation import write_profile
from yuzhou.capabilities.sense.models import ProfileRecord
from yuzhou.capabilities.sense.services.profiles import define_profile
from yuzhou.kernel import registry
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.transactions import transaction_required

DECLARING = Actor.system("sense.profiles")


def declared_profiles() -> Iterator[Profile]:
    """What the parts declare: `device_profiles` names a Profile, or several."""
    for part, name in registry.every("device_profiles"):
        found = registry.resolve(name)
        for profile in [found] if isinstance(found, Profile) else found:
            yield replace(profile, origin=part.key)


def declared_version() -> str:
    """Changes with what is declared."""
    text = json.dumps([[profile.origin, write_profile(profile)] for profile in declared_profiles()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@transaction_required
def load_declared_profiles() -> None:
    """Bring the declared profiles in; those that no part declares any more are retired. Idempotent; needs a transaction."""
    kept = []
    for profile in declared_profiles():
        define_profile(actor=DECLARING, profile=profile, origin=profile.origin, keep_rules=not profile.rules)
        kept.append(profile.key)
    ProfileRecord.objects.exclude(origin="").exclude(key__in=kept).filter(retired_at=None).update(retired_at=now())
