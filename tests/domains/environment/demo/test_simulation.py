"""The simulated loggers, without a gateway: what they say, when, and how they answer."""

import numpy as np
import pytest

from yuzhou.capabilities.sense.doors.hj212.decoding import Decoder
from yuzhou.capabilities.sense.doors.hj212.frames import Broken, Frame, Mark, Splitter
from yuzhou.capabilities.sense.doors.hj212.segment import parse
from yuzhou.domains.environment.demo import wire
from yuzhou.domains.environment.demo.answers import Answerer
from yuzhou.domains.environment.demo.cast import OUTLETS, Character, DemoOutlet
from yuzhou.domains.environment.demo.nature import Nature
from yuzhou.domains.environment.demo.schedule import due_between
from yuzhou.domains.environment.demo.simulate import limits_of
from yuzhou.domains.environment.demo.speech import Speech, digits, seconds_of

NINE = seconds_of("20260801090000")


def outlets(character: Character) -> list[DemoOutlet]:
    return [outlet for outlet in OUTLETS if outlet.character is character]


def speech(outlet: DemoOutlet) -> Speech:
    return Speech(Nature(outlet, limits_of(outlet)))


def hourly(outlet: DemoOutlet, code: str, hours: int = 48) -> np.ndarray:
    seconds = np.arange(NINE, NINE + hours * 3600, 60, dtype=np.int64)
    values = Nature(outlet, limits_of(outlet)).values(seconds)
    return values[f"{code}-Zs" if f"{code}-Zs" in values else code].reshape(-1, 60).mean(axis=1)


def test_frames_are_those_of_the_standard() -> None:
    segment = "QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&"
    assert wire.frame(segment) == f"##0101{segment}1C80\r\n".encode()
    (read,) = wire.Reader().feed(wire.frame(segment))
    assert (read["CN"], read["CP"]) == ("1062", "RtdInterval=30")


def test_what_a_bad_line_makes_of_them_is_not_read() -> None:
    good = wire.frame(f"ST=32;CN=2011;PW=1;MN=A;Flag=5;CP=&&DataTime={digits(NINE)};w01018-Rtd=1&&")
    for bad in (wire.with_wrong_check(good), wire.with_wrong_length(good), good[:40] + b"\r\n"):
        first, second = Splitter().feed(bad + good)
        assert isinstance(first, Broken)
        assert isinstance(second, Frame)
    (odd,) = Splitter().feed(wire.with_quirks(good))
    assert isinstance(odd, Frame)
    assert Mark.SEMICOLON_AT_END in parse(odd.segment).marks


@pytest.mark.parametrize("outlet", OUTLETS, ids=lambda outlet: str(outlet.number))
def test_contents_are_read_in_full(outlet: DemoOutlet) -> None:
    told = speech(outlet)
    for cn, content in [("2011", told.real_time(NINE)), *((cn, told.period(cn, NINE)) for cn in ("2051", "2061", "2031"))]:
        readings = Decoder().decode(cn, content)
        assert readings.marks == ()
        assert readings.at == NINE * 1_000_000
        assert {name for name, _ in readings.shape.keys} == set(outlet.factors)


def test_the_past_is_told_as_it_was() -> None:
    told = speech(OUTLETS[0])
    moments = np.arange(NINE, NINE + 3000, 300, dtype=np.int64)
    assert told.real_time_of(moments) == [told.real_time(int(moment)) for moment in moments]


def test_some_exceed_at_any_time_and_the_steady_never() -> None:
    over = np.array(
        [hourly(one, Nature(one, {}).exceeds) > limits_of(one)[Nature(one, {}).exceeds] for one in outlets(Character.EXCEEDING)]
    )
    assert over.any(axis=0).all()
    assert not over.all(axis=1).any()
    for outlet in outlets(Character.STEADY):
        for code, limit in limits_of(outlet).items():
            if code in outlet.factors and code != "w01001":
                assert (hourly(outlet, code) < limit).all()


def test_the_first_firm_has_something_to_answer_for() -> None:
    assert any(outlet.character is Character.EXCEEDING for outlet in OUTLETS if outlet.firm == 1)


def test_one_of_the_silent_is_silent_at_any_time() -> None:
    natures = [Nature(outlet, {}) for outlet in outlets(Character.SILENT)]
    for moment in range(NINE, NINE + 86400, 600):
        assert sum(nature.is_silent(moment) for nature in natures) == 1


def test_ammonia_follows_cod_and_gas_is_converted_by_oxygen() -> None:
    seconds = np.arange(NINE, NINE + 86400, 60, dtype=np.int64)
    water = Nature(OUTLETS[4], limits_of(OUTLETS[4])).values(seconds)
    assert np.corrcoef(water["w01018"], water["w21003"])[0, 1] > 0.3
    air = Nature(OUTLETS[2], limits_of(OUTLETS[2])).values(seconds)
    assert np.allclose(air["a21026-Zs"], air["a21026"] * 15 / (21 - air["a19001"]))


def test_periods_fall_due_when_they_end() -> None:
    due = due_between(seconds_of("20260731235500"), seconds_of("20260801001000"), 300)
    assert [(digits(one.at)[8:12], one.cn, digits(one.about)[6:12]) for one in due] == [
        ("0000", "2011", "010000"),
        ("0000", "2031", "310000"),
        ("0000", "2051", "312350"),
        ("0000", "2061", "312300"),
        ("0005", "2011", "010005"),
        ("0010", "2011", "010010"),
        ("0010", "2051", "010000"),
    ]


def test_requests_are_answered() -> None:
    answerer = Answerer(speech(OUTLETS[0]), "100001", clock=lambda: float(NINE))

    def ask(cn: str, content: str = "", password: str = answerer.password) -> list[tuple[str, str]]:
        return list(answerer.answers({"CN": cn, "PW": password, "CP": content}))

    assert ask("1062", "RtdInterval=60") == [("9011", "QnRtn=1"), ("9012", "ExeRtn=1")]
    assert answerer.interval == 60
    assert ask("1062", "RtdInterval=60", password="0") == [("9011", "QnRtn=3")]
    assert ask("7777") == [("9011", "QnRtn=8")]
    assert ask("2012") == [("9013", "")]
    assert ask("1011")[1] == ("1011", "PolId=w00000;SystemTime=20260801090000")
    hours = ask("2061", "BeginTime=20260801040000;EndTime=20260801060000")
    assert [cn for cn, _ in hours] == ["9011", "2061", "2061", "2061", "9012"]
    assert ask("2061", "BeginTime=20990801040000;EndTime=20990801060000")[-1] == ("9012", "ExeRtn=100")
