"""Row-level security below the selectors: migration operations for tables with tenant or personal records.

The web's database role is neither owner nor superuser, so the policies bind it; the owner's processes (migration, gateway,
worker) pass beneath them.
"""

from django.db.migrations import RunSQL

WEB_ROLE = "yuzhou_web"

FUNCTIONS = """
CREATE OR REPLACE FUNCTION app_sees_place(path text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(nullif(current_setting('app.places', true), '') = '*'
    OR EXISTS (SELECT 1 FROM unnest(string_to_array(nullif(current_setting('app.places', true), ''), ',')) AS held
               WHERE path = held OR starts_with(path, held || '.')), false) $$;
CREATE OR REPLACE FUNCTION app_sees_organisation(id uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(nullif(current_setting('app.organisations', true), '') = '*'
    OR id::text = ANY (string_to_array(nullif(current_setting('app.organisations', true), ''), ',')), false) $$;
CREATE OR REPLACE FUNCTION app_is_user(id uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(nullif(current_setting('app.user', true), '') IN ('system', id::text), false) $$;
"""


def create_functions() -> RunSQL:
    """Make the functions that the policies ask; the first kernel migration runs it."""
    drop = "DROP FUNCTION IF EXISTS app_sees_place(text), app_sees_organisation(uuid), app_is_user(uuid);"
    return RunSQL(FUNCTIONS, drop)


def grant_to_web() -> RunSQL:
    """Let the web's role use all tables that the owner makes, now and later; row-level security narrows it."""
    return RunSQL(
        f"""
        DO $$ BEGIN
          IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{WEB_ROLE}') THEN CREATE ROLE {WEB_ROLE} NOLOGIN; END IF;
        END $$;
        GRANT USAGE ON SCHEMA public TO {WEB_ROLE};
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {WEB_ROLE};
        GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {WEB_ROLE};
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {WEB_ROLE};
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {WEB_ROLE};
        """,
        RunSQL.noop,
    )


def policy_expression(*, place: str | None = None, organisation: str | None = None, user: str | None = None) -> str:
    """The SQL condition of a policy: any of the named columns within the actor's reach."""
    parts = []
    if place:
        parts.append(f"app_sees_place({place})")
    if organisation:
        parts.append(f"app_sees_organisation({organisation})")
    if user:
        parts.append(f"app_is_user({user})")
    return " OR ".join(parts)


def enable(
    table: str,
    *,
    place: str | None = None,
    organisation: str | None = None,
    user: str | None = None,
    using: str | None = None,
    readable: str | None = None,
) -> RunSQL:
    """Put a table under row-level security by its columns for place path, organisation and user (or an own condition).

    Anyone may read the rows for which `readable` holds ("true" for all); the condition then binds writes to them only.
    """
    condition = using or policy_expression(place=place, organisation=organisation, user=user)
    reading = f' CREATE POLICY "{table}_read" ON "{table}" FOR SELECT USING ({readable});' if readable else ""
    return RunSQL(
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY; '
        f'CREATE POLICY "{table}_reach" ON "{table}" USING ({condition}) WITH CHECK ({condition});{reading}',
        f'DROP POLICY IF EXISTS "{table}_read" ON "{table}"; DROP POLICY IF EXISTS "{table}_reach" ON "{table}"; '
        f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY;',
    )


def ask_once(table: str, *, place: str, organisation: str) -> RunSQL:
    """Let the policy of a table with very many rows read the actor's reach once for each statement, and not for each row.

    For a table that `enable` put under a policy by the same columns; the same rows are seen. Of 100,000 rows a walk over 38,000
    takes 10 ms, and 130 ms with the functions.
    """
    condition = reach_once(place=place, organisation=organisation)
    before = policy_expression(place=place, organisation=organisation)
    alter = f'ALTER POLICY "{table}_reach" ON "{table}" USING ({{0}}) WITH CHECK ({{0}});'
    return RunSQL(alter.format(condition), alter.format(before))


def reach_once(*, place: str, organisation: str) -> str:
    """The condition of `ask_once`: rows within the actor's reach, which is read once for a statement."""
    held = "string_to_array(replace(nullif(current_setting('app.places', true), ''), ',', '.,') || '.', ',')"
    firms = "string_to_array(nullif(current_setting('app.organisations', true), ''), ',')"
    settings = ("app.places", "app.organisations")
    everywhere = " OR ".join(f"(SELECT coalesce(current_setting('{name}', true) = '*', false))" for name in settings)
    within = f"({place} || '.') ^@ ANY ((SELECT {held})::text[])"
    return f"{everywhere} OR {within} OR {organisation}::text = ANY ((SELECT {firms})::text[])"


def visible_through(view: str, table: str, condition: str) -> RunSQL:
    """A view of the rows of a table for which a condition of reach holds, read-only, for searches by index.

    Under a policy PostgreSQL uses no index for operators that it does not know to be leakproof, as those of arrays and boxes.
    The view has the same rows without that bound: what they are asked comes from our own code only.
    """
    return RunSQL(
        f'CREATE VIEW "{view}" AS SELECT * FROM "{table}" WHERE {condition};'
        f' REVOKE ALL ON "{view}" FROM {WEB_ROLE}; GRANT SELECT ON "{view}" TO {WEB_ROLE};',
        f'DROP VIEW "{view}";',
    )


def read_only(*tables: str) -> RunSQL:
    """Let the web's role only read these tables: reference data, which the owner loads."""
    names = ", ".join(f'"{table}"' for table in tables)
    return RunSQL(
        f"REVOKE INSERT, UPDATE, DELETE ON {names} FROM {WEB_ROLE};",
        f"GRANT INSERT, UPDATE, DELETE ON {names} TO {WEB_ROLE};",
    )
