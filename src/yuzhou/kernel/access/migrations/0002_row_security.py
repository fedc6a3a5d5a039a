"""Row-level security on what tells who may do what, and the three narrow doors by which an actor is computed.

An actor is computed before any scope is set, so the web's role could see no grant. It gets functions of the owner's
(SECURITY DEFINER) that answer one question each: the live grants of one user or machine, and whose token this is, for those
who show its hash. A block as the system actor would have opened every table for its duration instead.
"""

from django.db import migrations

from yuzhou.kernel import row_security

GRANTS = """
CREATE FUNCTION access_grants_of(holder uuid)
RETURNS TABLE (role text, place_path text, organisation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT g.role, g.place_path, g.organisation_id
  FROM public.kernel_access_rolegrant AS g LEFT JOIN public.kernel_access_user AS u ON u.id = g.user_id
  WHERE (g.user_id = holder AND u.is_active OR g.client_id = holder)
    AND g.revoked_at IS NULL AND g.valid_from <= statement_timestamp() AND (g.valid_to IS NULL OR g.valid_to > statement_timestamp())
  ORDER BY g.granted_at, g.id $$;
"""

HOLDER = """
CREATE FUNCTION access_token_holder(shown_prefix text, shown_hash text)
RETURNS TABLE (user_id uuid, name text, permissions text[], place_path text, organisation_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.kernel_access_apitoken AS t SET last_used_at = statement_timestamp()
  WHERE t.prefix = shown_prefix AND t.secret_hash = shown_hash AND t.revoked_at IS NULL AND t.expires_at > statement_timestamp()
    AND (t.last_used_at IS NULL OR t.last_used_at < statement_timestamp() - interval '1 minute');
  RETURN QUERY
  SELECT u.id, (coalesce(nullif(u.display_name, ''), u.username) || ' · ' || t.name)::text, t.permissions::text[],
         t.place_path::text, t.organisation_id
  FROM public.kernel_access_apitoken AS t JOIN public.kernel_access_user AS u ON u.id = t.user_id
  WHERE t.prefix = shown_prefix AND t.secret_hash = shown_hash AND t.revoked_at IS NULL AND t.expires_at > statement_timestamp()
    AND u.is_active;
END $$;
"""

MACHINE = """
CREATE FUNCTION access_machine(shown_client text) RETURNS TABLE (id uuid, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT m.id, m.name FROM public.kernel_access_machineclient AS m WHERE m.client_id = shown_client AND m.revoked_at IS NULL $$;
"""

FUNCTIONS = ("access_grants_of(uuid)", "access_token_holder(text, text)", "access_machine(text)")


def only_for_web(function: str) -> str:
    """Take the function from everyone and give it to the web's role."""
    return f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC; GRANT EXECUTE ON FUNCTION {function} TO {row_security.WEB_ROLE};"


class Migration(migrations.Migration):
    dependencies = [("kernel_access", "0001_initial")]

    operations = [
        migrations.RunSQL(
            GRANTS + HOLDER + MACHINE + "".join(map(only_for_web, FUNCTIONS)),
            "".join(f"DROP FUNCTION {function};" for function in FUNCTIONS),
        ),
        row_security.enable("kernel_access_rolegrant", place="home_path", organisation="organisation_id"),
        migrations.RunSQL(
            "CREATE POLICY kernel_access_rolegrant_own ON kernel_access_rolegrant FOR SELECT USING (app_is_user(user_id));",
            "DROP POLICY kernel_access_rolegrant_own ON kernel_access_rolegrant;",
        ),
        row_security.enable("kernel_access_machineclient", place="home_path", organisation="home_organisation"),
        row_security.enable("kernel_access_apitoken", place="home_path", organisation="home_organisation", user="user_id"),
        row_security.enable("kernel_access_invitation", place="home_path", organisation="organisation_id"),
        row_security.enable("kernel_access_joinapplication", place="place_path"),
    ]
