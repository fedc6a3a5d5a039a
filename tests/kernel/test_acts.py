"""Acts are recorded, or they do not happen."""

import pytest

from yuzhou.kernel import acts
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.errors import YuzhouError


def test_without_a_sink_the_act_is_refused() -> None:
    before = acts.set_sink(None)
    try:
        with pytest.raises(YuzhouError, match=r"kernel\.no-audit"):
            acts.record(actor=Actor.public(), act="x.y:do", subject="urn:yuzhou:x:1")
    finally:
        acts.set_sink(before)


def test_the_sink_gets_the_act() -> None:
    seen = []
    before = acts.set_sink(lambda **act: seen.append(act))
    try:
        acts.record(actor=Actor.public(), act="x.y:do", subject="urn:yuzhou:x:1")
    finally:
        acts.set_sink(before)
    assert seen == [{"actor": Actor.public(), "act": "x.y:do", "subject": "urn:yuzhou:x:1", "details": {}}]
