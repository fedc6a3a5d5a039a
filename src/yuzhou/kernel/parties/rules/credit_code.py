"""The unified social credit code (统一社会信用代码), GB 32100-2015, with the organisation code (GB 11714) inside it."""

from dataclasses import dataclass

from yuzhou.kernel.errors import Invalid, declare_message, gettext_noop

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
VALUES = {character: value for value, character in enumerate(ALPHABET)}
WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
AUTHORITIES = frozenset("123456789ANY")

LENGTH = declare_message("kernel.credit-code-length", gettext_noop("A unified social credit code has 18 characters."))
CHARACTERS = declare_message(
    "kernel.credit-code-characters",
    gettext_noop("A credit code has digits and capital letters without I, O, S, V, Z."),
)
AUTHORITY = declare_message("kernel.credit-code-authority", gettext_noop("No registering authority has the sign {authority}."))
REGION = declare_message("kernel.credit-code-region", gettext_noop("Characters 3 to 8 of a credit code are digits."))
ORGANISATION = declare_message(
    "kernel.credit-code-organisation", gettext_noop("The organisation code inside the credit code (characters 9 to 17) is wrong.")
)
CHECK = declare_message("kernel.credit-code-check", gettext_noop("The last character of the credit code does not fit the rest."))


@dataclass(frozen=True, slots=True)
class CreditCode:
    """A valid code: authority (1), kind (1), region (6), organisation code (9), check (1)."""

    text: str

    @property
    def authority(self) -> str:
        """The sign of the registering authority: 9 is market regulation, 1 the establishment office, 5 civil affairs."""
        return self.text[0]

    @property
    def region(self) -> str:
        """The six-digit code of the registering authority's place, of the time of registration."""
        return self.text[2:8]

    @property
    def organisation_code(self) -> str:
        """The nine characters of the organisation code, its check character included."""
        return self.text[8:17]

    def __str__(self) -> str:
        return self.text


def check_character(first17: str) -> str:
    """The last character of a credit code (modulus 31, weights 3^(i-1))."""
    return ALPHABET[-sum(w * VALUES[c] for w, c in zip(WEIGHTS, first17, strict=True)) % 31]


def organisation_check(first8: str) -> str:
    """The check character of an organisation code (modulus 11; letters count from A = 10)."""
    total = sum(w * int(c, 36) for w, c in zip(ORGANISATION_WEIGHTS, first8, strict=True))
    return "0123456789X0"[11 - total % 11]


def complete_credit_code(first8: str, organisation8: str) -> CreditCode:
    """Make a whole code of authority, kind and region, and eight characters of an organisation code: for samples."""
    first17 = first8 + organisation8 + organisation_check(organisation8)
    return parse_credit_code(first17 + check_character(first17))


def parse_credit_code(text: str) -> CreditCode:
    """Read a code as a person writes it (spaces, small letters). Raises Invalid(field="uscc")."""
    code = "".join(text.split()).upper()
    if len(code) != 18:
        raise Invalid(LENGTH, field="uscc")
    if not all(character in VALUES for character in code):
        raise Invalid(CHARACTERS, field="uscc")
    if code[0] not in AUTHORITIES:
        raise Invalid(AUTHORITY, field="uscc", authority=code[0])
    if not code[2:8].isdigit():
        raise Invalid(REGION, field="uscc")
    if organisation_check(code[8:16]) != code[16]:
        raise Invalid(ORGANISATION, field="uscc")
    if check_character(code[:17]) != code[17]:
        raise Invalid(CHECK, field="uscc")
    return CreditCode(code)
