"""Contexts of subscriptions."""

from functools import lru_cache
from typing import Any

import orjson

from yuzhou.capabilities.sense.rules.ngsild.context import CORE_CONTEXT, Context, build_context, no_fetch


def context_for(source: Any) -> Context:
    """The context of a source; raises Problem (LdContextNotAvailable)."""
    return CORE_CONTEXT if source is None else _built(orjson.dumps(source))


@lru_cache(256)
def _built(source: bytes) -> Context:
    return build_context(orjson.loads(source), no_fetch)
