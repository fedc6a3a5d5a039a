"""How the web tells the streams process who asks, when the two have different origins: a signed ticket, good for a minute."""

from uuid import UUID

from django.core import signing

SALT = "yuzhou.streams"
GOOD_FOR_SECONDS = 60
NOBODY = "-"


def issue_ticket(user_id: UUID | None) -> str:
    """A ticket for a person, or for anyone who is not signed in."""
    return signing.TimestampSigner(salt=SALT).sign(str(user_id) if user_id else NOBODY)


def read_ticket(ticket: str) -> UUID | None:
    """Whom a ticket names; raises signing.BadSignature when it is forged or too old."""
    name = signing.TimestampSigner(salt=SALT).unsign(ticket, max_age=GOOD_FOR_SECONDS)
    return None if name == NOBODY else UUID(name)
