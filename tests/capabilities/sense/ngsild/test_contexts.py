"""Contexts: hosted, fetched only where an administrator allows it, and forgotten."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from tests.capabilities.sense.stage import SYSTEM
from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts.entities import ContextKind
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, ProblemKind
from yuzhou.capabilities.sense.services.entities import contexts
from yuzhou.kernel.transactions import acting_as

pytestmark = pytest.mark.django_db
BASE = "https://city.example/ngsi-ld/v1/jsonldContexts"
BODY = {"@context": {"speed": "https://example.org/speed"}}


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    contexts.forget_contexts()
    yield
    contexts.forget_contexts()


def test_a_hosted_context_is_used_listed_and_forgotten() -> None:
    with acting_as(SYSTEM):
        info = api.add_context(actor=SYSTEM, body=BODY, base_url=BASE)
        assert info.url == f"{BASE}/{info.id}"
        assert api.context_for(info.url).expand("speed") == "https://example.org/speed"
        assert api.context_for([info.url, {"a": "https://example.org/a"}]).expand("a") == "https://example.org/a"
        assert api.get_context(actor=SYSTEM, name=str(info.id)).hits == 2
        assert [one.id for one in api.list_contexts(actor=SYSTEM, kind=ContextKind.HOSTED)] == [info.id]
        api.delete_context(actor=SYSTEM, name=info.url)
        with pytest.raises(Problem) as gone:
            api.context_for(info.url)
        assert gone.value.kind is ProblemKind.LD_CONTEXT_NOT_AVAILABLE
        with pytest.raises(Problem) as unknown:
            api.get_context(actor=SYSTEM, name=str(info.id))
        assert unknown.value.kind is ProblemKind.RESOURCE_NOT_FOUND


@pytest.mark.parametrize("body", [[], {}, "x", {"@context": 5}, {"@context": {"a": 5}}])
def test_what_is_no_context_is_not_hosted(body: Any) -> None:
    with acting_as(SYSTEM), pytest.raises(Problem):
        api.add_context(actor=SYSTEM, body=body, base_url=BASE)


def test_only_allowed_hosts_are_asked_and_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(target: Any, headers: Any, *, longest: int) -> bytes:
        asked.append(target)
        return b'{"@context": {"speed": "https://example.org/speed"}, "more": 1}'

    monkeypatch.setattr(contexts, "fetch", answer)
    monkeypatch.setattr(contexts, "find_target", lambda url: url)
    url = "https://models.example/context.jsonld"
    with acting_as(SYSTEM):
        with pytest.raises(Problem):
            api.context_for(url)
        with override_settings(YUZHOU_CONTEXT_HOSTS=frozenset({"models.example"})):
            assert api.context_for(url).expand("speed") == "https://example.org/speed"
            contexts.forget_contexts()
            api.context_for(url)
            assert asked == [url]
            api.delete_context(actor=SYSTEM, name=url, reload=True)
            assert asked == [url, url]
        [kept] = api.list_contexts(actor=SYSTEM, kind=ContextKind.CACHED)
        assert kept.body == {"@context": {"speed": "https://example.org/speed"}}


def test_private_networks_are_never_asked() -> None:
    with (
        override_settings(YUZHOU_CONTEXT_HOSTS=frozenset({"127.0.0.1"})),
        acting_as(SYSTEM),
        pytest.raises(Problem) as refused,
    ):
        api.context_for("http://127.0.0.1:1/context.jsonld")
    assert refused.value.kind is ProblemKind.LD_CONTEXT_NOT_AVAILABLE
