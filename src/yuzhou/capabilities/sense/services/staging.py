"""Temporary tables through which columns reach the tables of record; each statement that uses one also empties it."""

from weakref import WeakKeyDictionary

from django.db import connection, transaction

READINGS = "series_id int4, at timestamptz, value float8, flag int2, source int2, received_at timestamptz"

_made: WeakKeyDictionary[object, set[str]] = WeakKeyDictionary()


def ensure_staging(name: str, columns: str) -> None:
    """Make the temporary table once for each connection; one made in a rolled back transaction is gone with it."""
    connection.ensure_connection()
    made = _made.setdefault(connection.connection, set())
    if name in made:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} ({columns}) ON COMMIT DELETE ROWS")
    transaction.on_commit(lambda: made.add(name))


def forget_staging() -> None:
    """After a rollback, a table that was made in it is gone."""
    _made.clear()
