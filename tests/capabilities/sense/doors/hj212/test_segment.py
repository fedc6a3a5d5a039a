"""Data segments: the standard's form, and the quirks of the field."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.capabilities.sense.doors.hj212.content import content_of, items_of
from yuzhou.capabilities.sense.doors.hj212.dictionary import Version
from yuzhou.capabilities.sense.doors.hj212.frames import Mark
from yuzhou.capabilities.sense.doors.hj212.segment import Malformed, Segment, compose, parse, system_segment

from .samples import SEGMENT, rows

names = st.text(string.ascii_letters + string.digits, min_size=1, max_size=12)
values = st.text(string.ascii_letters + string.digits + ".:-", max_size=12)


@st.composite
def usual_segments(draw: st.DrawFn) -> Segment:
    split = draw(st.booleans())
    pnum = draw(st.integers(1, 9999)) if split else 0
    content = ";".join(f"{name}={value}" for name, value in draw(st.dictionaries(names, values, max_size=6)).items())
    return Segment(
        cn=draw(st.from_regex(r"[0-9]{4}", fullmatch=True)),
        mn=draw(st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=24)),
        qn=draw(st.from_regex(r"[0-9]{17}", fullmatch=True)),
        st=draw(st.from_regex(r"[0-9]{2}", fullmatch=True)),
        pw=draw(st.text(string.digits, max_size=6)),
        flag=draw(st.integers(0, 2)) * 4 + draw(st.integers(0, 1)) + 2 * split,
        pnum=pnum,
        pno=draw(st.integers(1, pnum)) if split else 0,
        content=content,
    )


@given(usual_segments())
def test_round_trip(segment: Segment) -> None:
    assert parse(compose(segment)) == segment


@given(st.binary(max_size=400))
def test_never_crashes(data: bytes) -> None:
    try:
        parse(data)
    except Malformed:
        return


@given(st.text(string.ascii_letters + string.digits + "=;,&-", max_size=200))
def test_near_misses_never_crash(text: str) -> None:
    for data in (text, "CP=" + text, "CN=2011;MN=1;" + text, SEGMENT.replace("DataTime=", text)):
        try:
            parse(data.encode())
        except Malformed:
            continue


def test_quirks_are_read_and_marked() -> None:
    usual = parse(SEGMENT.encode())
    assert usual.marks == ()
    for text, mark in (
        (SEGMENT.replace("Flag=5;", ""), Mark.NO_FLAG),
        (SEGMENT.replace("QN=20260801085857223;ST=32;", "ST=32;QN=20260801085857223;"), Mark.ORDER),
        (SEGMENT[:-2] + ";&&", Mark.SEMICOLON_AT_END),
        (SEGMENT.replace("20260801085857223", "20260801085857"), Mark.QN_14),
        (SEGMENT.replace("QN=20260801085857223;", ""), Mark.NO_QN),
        (SEGMENT.replace("223;ST", "223,ST"), Mark.COMMA_IN_HEADER),
        (SEGMENT.replace("Flag=5", "Flag=13"), Mark.VERSION),
        (SEGMENT.replace("Flag=5", "Flag=7"), Mark.PACKET_FIELDS),
    ):
        read = parse(text.encode())
        assert read.marks == (mark,)
        assert (read.mn, read.cn, read.content) == (usual.mn, usual.cn, usual.content)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("QN=20260801085857223;ST=32;PW=1;MN=A;Flag=5;CP=&&&&", "cn"),
        ("ST=32;CN=2011;CP=&&&&", "mn"),
        (SEGMENT.replace("20260801085857223", "2026"), "qn"),
        (SEGMENT.replace("Flag=5", "Flag=999"), "flag"),
        (SEGMENT.replace("Flag=5", "Flag=x"), "flag"),
        (SEGMENT[:-2], "content"),
        (SEGMENT.replace("MN=", "MN=1;MN="), "header"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, reason: str) -> None:
    with pytest.raises(Malformed) as raised:
        parse(text.encode())
    assert raised.value.args == (reason,)


def test_annex_c() -> None:
    for row in rows("annexC_segments.jsonl"):
        segment = parse(row["segment"].encode())
        assert (segment.cn, segment.st, segment.flag) == (row["cn"], row["st"], int(row["flag"]))
        assert bool(segment.marks) == (row["table"] == "C.48")  # its misprint: a comma after QN
        if not segment.marks:
            assert compose(segment).decode() == row["segment"]


def test_answers_of_2017_are_those_of_annex_c() -> None:
    upload = parse(SEGMENT.encode())
    text = compose(system_segment(upload, "9014")).decode()
    assert text == f"QN=20260801085857223;ST=91;CN=9014;PW=100000;MN={upload.mn};Flag=4;CP=&&&&"
    text = compose(system_segment(upload, "9011", [("QnRtn", "3")])).decode()
    assert text.endswith(";Flag=4;CP=&&QnRtn=3&&")


def test_answers_follow_the_loggers_version() -> None:
    upload = parse(SEGMENT.replace("Flag=5", "Flag=1").encode())
    assert upload.version is Version.V2005
    text = compose(system_segment(upload, "9014", [("CN", "2011")])).decode()
    assert text == f"ST=91;CN=9014;PW=100000;MN={upload.mn};Flag=0;CP=&&QN=20260801085857223;CN=2011&&"
    newer = parse(SEGMENT.replace("Flag=5", "Flag=9").encode())
    assert compose(system_segment(newer, "9013")).decode().endswith(";Flag=8;CP=&&&&")


@given(st.dictionaries(st.from_regex(r"[a-z]{1,5}(-[A-Z][a-z]{1,5})?", fullmatch=True), values, max_size=8))
def test_items_round_trip(items: dict[str, str]) -> None:
    assert items_of(content_of(items)) == items


def test_free_text_keeps_its_separators() -> None:
    read = items_of("DataTime=20260801085857;PolId=w01018;i11001-Info=//started,again;then stopped//")
    assert read["i11001-Info"] == "//started,again;then stopped//"
