"""Counts changes that doors and rule engines must take in."""

from django.db import connection

RULES = "rules"


def bump(*keys: str) -> None:
    """Say that what these keys stand for changed; seen by others when the transaction commits."""
    with connection.cursor() as cursor:
        for key in sorted(set(keys)):
            cursor.execute(
                "INSERT INTO sense_directory_version (key, version) VALUES (%s, 1)"
                " ON CONFLICT (key) DO UPDATE SET version = sense_directory_version.version + 1",
                [key],
            )


def version_of(key: str) -> int:
    """How often it changed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(version), 0) FROM sense_directory_version WHERE key = %s", [key])
        return int(cursor.fetchone()[0])
