"""Clients of NGSI-LD."""

import pytest

from tests.capabilities.sense.ngsild.client import Broker, broker_at


@pytest.fixture
def broker(db: None, places: None) -> Broker:
    """Someone who may read and write the whole city."""
    return broker_at("50")
