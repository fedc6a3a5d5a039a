"""The query languages of NGSI-LD: the standard's own examples, their limits, and texts of any kind."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.capabilities.sense.rules.ngsild.context import CORE_CONTEXT, build_context, no_fetch
from yuzhou.capabilities.sense.rules.ngsild.problems import Problem, ProblemKind
from yuzhou.capabilities.sense.rules.ngsild.query.logic import And, Or, leaves
from yuzhou.capabilities.sense.rules.ngsild.query.q import (
    Date,
    DateTime,
    Link,
    Op,
    Path,
    Range,
    Term,
    Time,
    Uri,
    Values,
    parse_query,
)
from yuzhou.capabilities.sense.rules.ngsild.query.scope_q import matches_scopes, parse_scope_query
from yuzhou.capabilities.sense.rules.ngsild.query.types import matches_types, parse_type_query

D = "https://uri.etsi.org/ngsi-ld/default-context/"
SIGNS = '()[]{};|,.=!<>~"\\:*+?^$ -_/#@aZ09éé渝\x00\n'


def path(*names: str, members: tuple[str, ...] = ()) -> Path:
    return Path(tuple(D + name for name in names), members)


EXAMPLES = {
    "temperature": Term(path("temperature")),
    "temperature==20": Term(path("temperature"), Op.EQ, 20),
    'brandName!="Mercedes"': Term(path("brandName"), Op.NE, "Mercedes"),
    'isParked=="urn:ngsi-ld:OffStreetParking:Downtown1"': Term(path("isParked"), Op.EQ, "urn:ngsi-ld:OffStreetParking:Downtown1"),
    "isParked==urn:ngsi-ld:OffStreetParking:Downtown1": Term(
        path("isParked"), Op.EQ, Uri("urn:ngsi-ld:OffStreetParking:Downtown1")
    ),
    'address[city]=="Berlin"': Term(path("address", members=("city",)), Op.EQ, "Berlin"),
    "sensor.rawdata[airquality.particulate]==40": Term(
        path("sensor", "rawdata", members=("airquality", "particulate")), Op.EQ, 40
    ),
    "t==-1.5e3": Term(path("t"), Op.EQ, -1500.0),
    "t==10..20": Term(path("t"), Op.EQ, Range(10, 20)),
    "d!=2020-01-01..2020-02-01": Term(path("d"), Op.NE, Range(Date("2020-01-01"), Date("2020-02-01"))),
    'color=="black","red"': Term(path("color"), Op.EQ, Values(("black", "red"))),
    "open==true": Term(path("open"), Op.EQ, True),
    "at>=12:00:00Z": Term(path("at"), Op.GE, Time("12:00:00.000000Z")),
    "name~=^(a|b);x": And((Term(path("name"), Op.MATCH, "^(a|b)"), Term(path("x")))),
    'name!~="a;b"': Term(path("name"), Op.NOT_MATCH, "a;b"),
}


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_of_clause_4_9(text: str) -> None:
    assert parse_query(text, CORE_CONTEXT) == EXAMPLES[text]


def test_and_comes_before_or_and_parentheses_before_both() -> None:
    a, b, c = (Term(path(name)) for name in "abc")
    assert parse_query("a;b|c", CORE_CONTEXT) == Or((And((a, b)), c))
    assert parse_query("a;(b|c)", CORE_CONTEXT) == And((a, Or((b, c))))
    assert list(leaves(parse_query("((a|b);c)", CORE_CONTEXT))) == [a, b, c]


def test_members_of_the_standard_keep_their_names_in_paths() -> None:
    query = parse_query("temperature.observedAt>=2017-12-24T12:00:00Z", CORE_CONTEXT)
    assert query == Term(Path((D + "temperature", "observedAt")), Op.GE, DateTime("2017-12-24T12:00:00.000000Z"))
    assert parse_query("createdAt", CORE_CONTEXT) == Term(Path(("createdAt",)))


def test_names_beyond_a_relationship() -> None:
    query = parse_query("sensor{Device,Meter:humidity}==40", CORE_CONTEXT)
    assert query == Term(Path((D + "sensor",), (), Link((D + "Device", D + "Meter"), path("humidity"))), Op.EQ, 40)


def test_values_that_are_terms_of_the_context() -> None:
    context = build_context({"Male": "http://example.org/Male"}, no_fetch)
    query = parse_query("gender==Male", context, expand_values=["gender"])
    assert query == Term(path("gender"), Op.EQ, "http://example.org/Male")


@pytest.mark.parametrize(
    "text",
    ["", "a==", "==1", "a;", "(a", "a)", "a==b", "a>true", "a>1..2", "a==1..\"x\"", "a[", "a[]", "a{", "a{b", "1a", "a==01",
     'a=="x', "a==2020-13-01", "a==25:00:00Z", "a==2020-01-01T00:00:60Z", "a~=(", "a~=[", "a~=(?=x)", "a~=\\bx", "a b"],
)  # fmt: skip
def test_what_is_not_of_the_grammar(text: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_query(text, CORE_CONTEXT)
    assert caught.value.kind is ProblemKind.BAD_REQUEST_DATA


@pytest.mark.parametrize(
    "text",
    ["(" * 40 + "a" + ")" * 40, ";".join(["a"] * 200), "a{b{c{d{e}}}}", ".".join(["a"] * 40), "a" * 20_000,
     "a==" + ",".join(["1"] * 400), "a~=(x+)+y", "a~=" + "x" * 600],
)  # fmt: skip
def test_what_is_too_much(text: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_query(text, CORE_CONTEXT)
    assert caught.value.kind is ProblemKind.TOO_COMPLEX_QUERY


@given(st.one_of(st.text(max_size=60), st.text(alphabet=SIGNS, max_size=40)))
def test_no_text_breaks_the_parsers(text: str) -> None:
    for parse in (
        lambda: parse_query(text, CORE_CONTEXT),
        lambda: parse_scope_query(text),
        lambda: parse_type_query(text, CORE_CONTEXT),
    ):
        with suppress(Problem):
            parse()


@pytest.mark.parametrize(
    ("query", "scope", "is_meant"),
    [
        ("/Madrid", "/Madrid", True),
        ("/Madrid", "/Madrid/Gardens", False),
        ("/Madrid/Gardens/#", "/Madrid/Gardens", True),
        ("/Madrid/Gardens/#", "/Madrid/Gardens/ParqueNorte/Parterre1", True),
        ("/Madrid/Gardens/#", "/Madrid", False),
        ("/Madrid/+/ParqueNorte", "/Madrid/Sights/ParqueNorte", True),
        ("/Madrid/+/ParqueNorte", "/Madrid/ParqueNorte", False),
        ("/#", "/Any/Thing", True),
        ("/重庆/渝中,/CompanyA", "/CompanyA", True),
    ],
)
def test_scopes_of_clause_4_19(query: str, scope: str, is_meant: bool) -> None:
    assert matches_scopes(parse_scope_query(query), (scope,)) is is_meant


def test_scopes_joined() -> None:
    query = parse_scope_query("(/Madrid/Districts;/CompanyA)|CompanyB")
    assert matches_scopes(query, ("/Madrid/Districts", "/CompanyA"))
    assert matches_scopes(query, ("/CompanyB",))
    assert not matches_scopes(query, ("/Madrid/Districts",))
    assert not matches_scopes(parse_scope_query("/#"), ())


def test_types_of_clause_4_17() -> None:
    query = parse_type_query("(Home;Vehicle),Motorhome", CORE_CONTEXT)
    assert matches_types(query, (D + "Vehicle", D + "Home"))
    assert matches_types(query, (D + "Motorhome",))
    assert not matches_types(query, (D + "Home",))
    assert matches_types(parse_type_query("*", CORE_CONTEXT), (D + "Home",))
