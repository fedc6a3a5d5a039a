"""What a change of a profile does to its devices: only what was the profile's own before follows it."""

from django.db import connection

from yuzhou.capabilities.sense.contracts import Profile, PropertySpec, Statistic

# A title or unit that was given to the series itself (an outlet that measures in its own unit) stays.
_FOLLOW = """
UPDATE sense_series s SET
  unit = CASE WHEN s.unit IN ('', %(old_unit)s) AND s.statistic NOT LIKE '%%total' THEN %(unit)s ELSE s.unit END,
  title_zh = CASE WHEN s.title_zh IN ('', %(old_zh)s) THEN %(zh)s ELSE s.title_zh END,
  title_en = CASE WHEN s.title_en IN ('', %(old_en)s) THEN %(en)s ELSE s.title_en END
FROM sense_device d WHERE d.id = s.device_id AND d.profile = %(profile)s AND s.property = %(property)s
"""
_MAKE = """
INSERT INTO sense_series (device_id, property, statistic, unit, title_zh, title_en)
SELECT id, %(property)s, %(statistic)s, %(unit)s, %(zh)s, %(en)s FROM sense_device WHERE profile = %(profile)s
ON CONFLICT (device_id, property, statistic) DO NOTHING
"""
_SILENCE = "UPDATE sense_device SET silent_after_seconds = %s WHERE profile = %s AND silent_after_seconds = %s"


def reach_devices(before: Profile | None, profile: Profile) -> None:
    """Bring series and the time of silence of all devices of the profile in line with it."""
    for spec in profile.properties:
        old = before.find(spec.name) if before else None
        if old is None or (old.title, old.unit) != (spec.title, spec.unit):
            _run(_FOLLOW, profile, spec, old)
        if not spec.optional and (old is None or old.optional):
            _run(_MAKE, profile, spec, old)
    if before is not None and before.silent_after_seconds != profile.silent_after_seconds:
        with connection.cursor() as cursor:
            cursor.execute(_SILENCE, [profile.silent_after_seconds, profile.key, before.silent_after_seconds])


def _run(statement: str, profile: Profile, spec: PropertySpec, old: PropertySpec | None) -> None:
    given = {
        "profile": profile.key,
        "property": spec.name,
        "statistic": Statistic.RTD.value,
        "unit": spec.unit,
        "zh": spec.title.zh,
        "en": spec.title.en,
        "old_unit": old.unit if old else "",
        "old_zh": old.title.zh if old else "",
        "old_en": old.title.en if old else "",
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
