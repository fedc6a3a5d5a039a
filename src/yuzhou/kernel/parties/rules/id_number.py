"""The citizen identity number (公民身份号码), GB 11643-1999."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from yuzhou.kernel.errors import Invalid, declare_message, gettext_noop

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
PROVINCES = frozenset(
    str(n) for n in (*range(11, 16), 21, 22, 23, *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83)
)
EARLIEST = date(1850, 1, 1)

LENGTH = declare_message("kernel.id-number-length", gettext_noop("An identity number has 18 characters."))
CHARACTERS = declare_message("kernel.id-number-characters", gettext_noop("An identity number has 17 digits, then a digit or X."))
REGION = declare_message("kernel.id-number-region", gettext_noop("No province begins with {region}."))
BIRTH = declare_message("kernel.id-number-birth", gettext_noop("The identity number holds no possible date of birth."))
CHECK = declare_message("kernel.id-number-check", gettext_noop("The last character of the identity number is wrong."))


class Sex(StrEnum):
    """As the sequence number tells: odd for men, even for women."""

    MALE = "male"
    FEMALE = "female"


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A valid number. The region is that of the first registration, so it may be newer or older than any list of codes."""

    text: str

    @property
    def region(self) -> str:
        """The six-digit code of the place of first registration."""
        return self.text[:6]

    @property
    def birth_date(self) -> date:
        """The date of birth."""
        return date(int(self.text[6:10]), int(self.text[10:12]), int(self.text[12:14]))

    @property
    def sex(self) -> Sex:
        """The sex."""
        return Sex.MALE if int(self.text[16]) % 2 else Sex.FEMALE

    @property
    def masked(self) -> str:
        """As it is shown: `500***********002X`."""
        return self.text[:3] + "*" * 11 + self.text[14:]

    def __repr__(self) -> str:
        return f"IdNumber({self.masked!r})"


def check_character(first17: str) -> str:
    """The last character for seventeen digits (ISO 7064, MOD 11-2)."""
    return CHECKS[sum(w * int(d) for w, d in zip(WEIGHTS, first17, strict=True)) % 11]


def normalise_id_number(text: str) -> str:
    """Without spaces, X as a capital letter."""
    return "".join(text.split()).upper()


def parse_id_number(text: str, *, on: date) -> IdNumber:
    """Read a number as a person writes it; a birth after `on` is impossible. Raises Invalid(field="id_number")."""
    number = normalise_id_number(text)
    if len(number) != 18:
        raise Invalid(LENGTH, field="id_number")
    if not (number.isascii() and number[:17].isdigit() and (number[17].isdigit() or number[17] == "X")):
        raise Invalid(CHARACTERS, field="id_number")
    if number[:2] not in PROVINCES:
        raise Invalid(REGION, field="id_number", region=number[:2])
    _check_birth(number, on)
    if check_character(number[:17]) != number[17]:
        raise Invalid(CHECK, field="id_number")
    return IdNumber(number)


def _check_birth(number: str, on: date) -> None:
    try:
        birth = IdNumber(number).birth_date
    except ValueError:
        raise Invalid(BIRTH, field="id_number") from None
    if not EARLIEST <= birth <= on:
        raise Invalid(BIRTH, field="id_number")
