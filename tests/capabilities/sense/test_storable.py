"""What devices say fits into a JSON document of the database, whatever it is."""

import json
import math

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.capabilities.sense.rules.storable import storable, storable_text

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)) | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec=None)), inner, max_size=3),
    max_leaves=10,
)


@given(ANYTHING)
def test_anything_becomes_json_without_what_postgresql_refuses(value: object) -> None:
    text = json.dumps(storable(value), allow_nan=False, ensure_ascii=False)
    assert "\0" not in text
    assert "\\u0000" not in text
    text.encode()


def test_what_fits_stays_as_it_is() -> None:
    said = {"code": "温度", "list": [1, 2.5, True, None], "deep": {"a": {"b": "c"}}}
    assert storable(said) == said
    assert storable({"x": math.inf, "n": 10**400, "t": "a\0b\ud800"}) == {"x": "inf", "n": "…", "t": "a�b?"}
    assert storable_text("a\0") == "a�"


@pytest.mark.django_db
@pytest.mark.parametrize("value", [{"x": math.nan}, {"a\0": "b\0"}, {"s": "\udfff"}, {"n": 2**63}])
def test_postgresql_takes_it(value: dict[str, object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb", [json.dumps(storable(value))])
        assert cursor.fetchone()
