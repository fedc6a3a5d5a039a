"""GB 11643 and GB 32100."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhou.kernel.errors import Invalid
from yuzhou.kernel.parties.rules import credit_code, id_number
from yuzhou.kernel.parties.rules.credit_code import complete_credit_code, parse_credit_code
from yuzhou.kernel.parties.rules.id_number import Sex, parse_id_number

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "birth", "sex"),
    [
        ("11010519491231002X", date(1949, 12, 31), Sex.FEMALE),
        ("440524188001010014", date(1880, 1, 1), Sex.MALE),
        (" 110105 19491231 002x ", date(1949, 12, 31), Sex.FEMALE),
    ],
)
def test_the_standards_own_numbers_are_valid(text: str, birth: date, sex: Sex) -> None:
    number = parse_id_number(text, on=TODAY)
    assert (number.birth_date, number.sex) == (birth, sex)


def test_a_district_newer_than_the_birth_is_valid() -> None:
    first17 = "500154" + "19700101" + "001"
    number = parse_id_number(first17 + id_number.check_character(first17), on=TODAY)
    assert number.region == "500154"


def test_a_number_is_shown_masked() -> None:
    number = parse_id_number("11010519491231002X", on=TODAY)
    assert number.masked == "110***********002X"
    assert "19491231" not in repr(number)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "length"),
        ("110105491231002", "length"),
        ("11010519491231002XX", "length"),
        ("11010519491231002Y", "characters"),
        ("1101051949123100X2", "characters"),
        ("１１０１０５１９４９１２３１００２X", "characters"),
        ("99010519491231002X", "region"),
        ("11010519491331002X", "birth"),
        ("110105194902290020", "birth"),
        ("110105202611240020", "birth"),
        ("110105174911240020", "birth"),
        ("110105194912310021", "check"),
    ],
)
def test_what_is_wrong_with_a_number_is_named(text: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_id_number(text, on=TODAY)
    assert caught.value.code == f"kernel.id-number-{code}"
    assert caught.value.field == "id_number"


days = st.dates(date(1900, 1, 1), TODAY)


@st.composite
def numbers(draw: st.DrawFn) -> str:
    region = draw(st.sampled_from(sorted(id_number.PROVINCES))) + f"{draw(st.integers(0, 9999)):04}"
    first17 = f"{region}{draw(days):%Y%m%d}{draw(st.integers(0, 999)):03}"
    return first17 + id_number.check_character(first17)


@given(numbers(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_wrong_character_is_always_found(number: str, index: int, character: str) -> None:
    assert parse_id_number(number, on=TODAY).text == number
    if number[index] != character:
        with pytest.raises(Invalid):
            parse_id_number(number[:index] + character + number[index + 1 :], on=TODAY)


@given(numbers())
def test_nobody_is_born_tomorrow(number: str) -> None:
    birth = parse_id_number(number, on=TODAY).birth_date
    with pytest.raises(Invalid):
        parse_id_number(number, on=birth - timedelta(days=1))


@pytest.mark.parametrize("text", ["9144030071526726XG", "11500000009275780L", " 9144 0300 7152 6726xg "])
def test_known_credit_codes_are_valid(text: str) -> None:
    assert str(parse_credit_code(text)) == "".join(text.split()).upper()


def test_a_credit_code_tells_its_parts() -> None:
    code = parse_credit_code("9144030071526726XG")
    assert (code.authority, code.region, code.organisation_code) == ("9", "440300", "71526726X")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "length"),
        ("9144030071526726X", "length"),
        ("9144030071526726XI", "characters"),
        ("9144030071526726X码", "characters"),
        ("B144030071526726XG", "authority"),
        ("9144A30071526726XG", "region"),
        ("91440300715267261G", "organisation"),
        ("9144030071526726X0", "check"),
    ],
)
def test_what_is_wrong_with_a_credit_code_is_named(text: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_credit_code(text)
    assert caught.value.code == f"kernel.credit-code-{code}"


organisations = st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8)


@given(organisations, st.integers(0, 17), st.sampled_from(credit_code.ALPHABET))
def test_made_credit_codes_are_valid_and_one_wrong_character_is_found(body: str, index: int, character: str) -> None:
    code = str(complete_credit_code("91500112", body))
    if code[index] != character:
        with pytest.raises(Invalid):
            parse_credit_code(code[:index] + character + code[index + 1 :])


@given(organisations, st.integers(8, 16))
def test_two_characters_in_the_wrong_order_are_found(body: str, index: int) -> None:
    code = str(complete_credit_code("91500112", body))
    if code[index] != code[index + 1]:
        with pytest.raises(Invalid):
            parse_credit_code(code[:index] + code[index + 1] + code[index] + code[index + 2 :])
