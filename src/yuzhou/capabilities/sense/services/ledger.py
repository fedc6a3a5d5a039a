"""The ledger of those who ingest: one row, locked by whose turn it is, signed by who wrote last."""

from uuid import UUID

from django.db import connection

from yuzhou.capabilities.sense.services.subscriptions.noticing import SUBSCRIPTIONS

RULES = "rules"
_LOCK = """
SELECT writer, number, (SELECT coalesce(max(version), 0) FROM sense_directory_version WHERE key = %s),
  (SELECT coalesce(max(version), 0) FROM sense_directory_version WHERE key = %s)
FROM sense_ingest_ledger WHERE id = 1 FOR UPDATE
"""


def take_ledger() -> tuple[UUID, int, int, int]:
    """Wait for one's turn; who wrote last and under which number, the version of the rules and that of the subscriptions."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [RULES, SUBSCRIPTIONS])
        writer, number, rules, subscriptions = cursor.fetchone()
    return writer, number, rules, subscriptions


def sign_ledger(writer: UUID, number: int) -> None:
    """Say who writes; the lock goes with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sense_ingest_ledger SET writer = %s, number = %s WHERE id = 1", [writer, number])
