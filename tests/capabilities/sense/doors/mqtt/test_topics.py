"""Topics, subjects and whose they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.capabilities.sense.doors.mqtt.topics import (
    Kind,
    OwnTopic,
    SparkplugTopic,
    Word,
    is_identity,
    publish_subjects,
    read_topic,
    subject_of,
    subscribe_subjects,
    topic_of,
)

levels = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Z"], blacklist_characters="/+#*>"), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("topic", "subject"),
    [
        ("yuzhou/pump-1/up/json", "yuzhou.pump-1.up.json"),
        ("spBv1.0/G/NDATA/N", "spBv1//0.G.NDATA.N"),
        ("yuzhou/a.b/state", "yuzhou.a//b.state"),
    ],
)
def test_the_bus_writes_topics_as_subjects(topic: str, subject: str) -> None:
    assert subject_of(topic) == subject
    assert topic_of(subject) == topic


@given(st.lists(levels.filter(lambda text: not text.startswith(".")), min_size=1, max_size=5))
def test_a_topic_comes_back_from_its_subject(parts: list[str]) -> None:
    topic = "/".join(parts)
    assert topic_of(subject_of(topic)) == topic


def test_own_and_sparkplug_topics_are_read() -> None:
    assert read_topic("yuzhou/d/up/json") == OwnTopic("d", Kind.JSON)
    assert read_topic("yuzhou/d/state") == OwnTopic("d", Kind.STATE)
    assert read_topic("yuzhou/d/down/7/answer") == OwnTopic("d", Kind.ANSWER, "7")
    assert read_topic("spBv1.0/g/DDATA/n/d") == SparkplugTopic("g", Word.DDATA, "n", "d")
    assert str(read_topic("spBv1.0/g/DDATA/n/d")) == "spBv1.0/g/DDATA/n/d"


@pytest.mark.parametrize(
    "topic", ["yuzhou/d/up", "yuzhou/d/up/xml", "spBv1.0/g/NDATA/n/d", "spBv1.0/g/NCMD/n", "spBv1.0/STATE/h", "other", ""]
)
def test_other_topics_are_none(topic: str) -> None:
    assert read_topic(topic) is None


@pytest.mark.parametrize("identity", ["", "a/b/c", "a b", "+", "#", "a*", ".a", "$x", "STATE/n", "a/", "/b", "a\n", "x" * 200])
def test_names_that_mean_something_to_the_bus_are_refused(identity: str) -> None:
    assert not is_identity(identity)


@given(levels, levels)
def test_a_device_may_only_speak_under_its_own_name(one: str, other: str) -> None:
    for identity in (one, f"{one}/{other}"):
        if not is_identity(identity):
            continue
        for subject in publish_subjects(identity):
            heard = read_topic(topic_of(subject.replace("*", "x") if "*" not in identity else subject))
            assert heard is not None
            assert identity in (heard.identity, getattr(heard, "node_identity", ""))
        assert not any(subject.startswith((">", "*")) for subject in subscribe_subjects(identity))
