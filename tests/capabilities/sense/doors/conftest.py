"""What the tests of several doors ask for."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pytest

from tests.capabilities.sense.doors.hj212.conftest import rows
from yuzhou.capabilities.sense.doors.intake.store import CommandQueue


@pytest.fixture
def expired_when_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command expires after a door claimed it and before the door marks it as sent."""
    claim = CommandQueue.claim

    def claim_and_expire(self: CommandQueue, device_ids: Iterable[UUID]) -> list[Any]:
        claimed = claim(self, device_ids)
        rows("UPDATE sense_command SET expires_at = now() - interval '1 second' RETURNING 1")
        return claimed

    monkeypatch.setattr(CommandQueue, "claim", claim_and_expire)
