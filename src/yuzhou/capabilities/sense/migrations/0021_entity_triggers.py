"""Devices, profiles and sites as entities: triggers project each row that is written, whoever writes it, and all that are there."""

from django.db import migrations

from yuzhou.kernel import row_security

SEES_ENTITY = (
    "EXISTS (SELECT 1 FROM sense_entity e WHERE e.id = sense_entity_instance.entity_id)"
    " OR EXISTS (SELECT 1 FROM sense_entity_tombstone t WHERE t.entity_id = sense_entity_instance.entity_id)"
)
PLACE_OR_OWNER = "app_sees_place(place_path) OR app_sees_organisation(organisation_id)"
OWN_OR_SHARED = "organisation_id IS NULL OR app_sees_organisation(organisation_id) OR app_sees_place('50')"

WORDS = """
CREATE FUNCTION sense_term(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN name IN ('description', 'title') THEN 'http://purl.org/dc/terms/' || name
    WHEN name IN ('location', 'status') THEN 'https://uri.etsi.org/ngsi-ld/' || name
    ELSE 'https://uri.etsi.org/ngsi-ld/default-context/' || regexp_replace(name, '[^A-Za-z0-9_]', '_', 'g') END $$;

CREATE FUNCTION sense_moment(at timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;

CREATE FUNCTION sense_property(value jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN value IS NULL OR value IN ('null', '""', '[]', '{}') THEN NULL
    ELSE jsonb_build_object('type', 'Property', 'value', value) END $$;

CREATE FUNCTION sense_day(day date) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN day IS NOT NULL THEN jsonb_build_object('@type', 'Date', '@value', to_char(day, 'YYYY-MM-DD')) END $$;

CREATE FUNCTION sense_relationship(object text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN object IS NOT NULL THEN jsonb_build_object('type', 'Relationship', 'object', object) END $$;

CREATE FUNCTION sense_point(lon float8, lat float8) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN lon IS NOT NULL AND lat IS NOT NULL THEN jsonb_build_object('type', 'GeoProperty', 'value',
    jsonb_build_object('type', 'Point', 'coordinates', jsonb_build_array(lon, lat))) END $$;

CREATE FUNCTION sense_scope(path text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT '/P' || replace(path, '.', '/P') $$;

CREATE FUNCTION sense_site_urn(kind text, id uuid) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT 'urn:ngsi-ld:' || coalesce((SELECT m.term FROM sense_entity_model m WHERE m.kind = $1), 'Site') || ':' || id $$;

-- the instances of attributes, those that did not change as they were
CREATE FUNCTION sense_attributes(fresh jsonb, before jsonb, at timestamptz) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(jsonb_object_agg(sense_term(key), CASE
      WHEN (before -> sense_term(key) -> 0) - '{createdAt,modifiedAt}'::text[] = value THEN before -> sense_term(key)
      ELSE jsonb_build_array(value || jsonb_build_object(
        'createdAt', coalesce(before -> sense_term(key) -> 0 ->> 'createdAt', sense_moment(at)), 'modifiedAt', sense_moment(at)))
    END), '{}')
  FROM jsonb_each(fresh) WHERE value <> 'null' $$;
"""

WRITING = """
CREATE TYPE sense_projection AS (urn text, types text[], place_path text, organisation_id uuid, source int2, source_id uuid,
  fresh jsonb, box box, created_at timestamptz);

CREATE FUNCTION sense_project(rows sense_projection[]) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH fresh AS MATERIALIZED (
    SELECT f.*, e.id, e.document, e.kept, sense_attributes(f.fresh, coalesce(e.document, '{}'), now()) AS attributes
    FROM unnest(rows) AS f LEFT JOIN sense_entity e ON e.urn = f.urn ORDER BY f.urn
  ), locked AS MATERIALIZED (SELECT e.id FROM sense_entity e JOIN fresh USING (id) ORDER BY e.urn FOR UPDATE OF e)
  INSERT INTO sense_entity (id, urn, types, scopes, place_path, organisation_id, source, source_id, kept, document, box,
    created_at, modified_at)
  SELECT coalesce(id, source_id, gen_random_uuid()), urn, types, ARRAY[sense_scope(place_path)], place_path, organisation_id,
    source, source_id, ARRAY(SELECT jsonb_object_keys(attributes)), attributes, box, coalesce(created_at, now()), now()
  FROM fresh WHERE (SELECT count(*) FROM locked) >= 0
  ON CONFLICT (urn) DO UPDATE SET
    types = CASE WHEN sense_entity.types @> excluded.types THEN sense_entity.types ELSE excluded.types END,
    scopes = excluded.scopes, place_path = excluded.place_path, organisation_id = excluded.organisation_id,
    source = excluded.source, source_id = excluded.source_id, kept = excluded.kept,
    document = (sense_entity.document - sense_entity.kept) || excluded.document,
    box = CASE WHEN excluded.document ? sense_term('location') OR sense_term('location') = ANY (sense_entity.kept)
      THEN excluded.box ELSE sense_entity.box END,
    modified_at = now()
  WHERE (sense_entity.document || excluded.document, sense_entity.place_path, sense_entity.organisation_id, sense_entity.kept)
    IS DISTINCT FROM (sense_entity.document, excluded.place_path, excluded.organisation_id, excluded.kept) $$;

CREATE FUNCTION sense_project_devices(ids uuid[]) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT sense_project(array_agg(ROW('urn:ngsi-ld:Device:' || d.id, ARRAY[sense_term('Device')], d.place_path, d.operator_id, 1,
    d.id, jsonb_build_object(
      'name', sense_property(to_jsonb(d.title_zh)),
      'alternateName', sense_property(to_jsonb(nullif(d.title_en, d.title_zh))),
      'description', sense_property(to_jsonb(d.notes)),
      'serialNumber', sense_property(to_jsonb(d.identity)),
      'supportedProtocol', sense_property(jsonb_build_array(d.protocol)),
      'category', sense_property('["sensor"]'),
      'refDeviceModel', sense_relationship('urn:ngsi-ld:DeviceModel:' || nullif(d.profile, '')),
      'refSite', sense_relationship(sense_site_urn(s.kind, s.id)),
      'operator', sense_relationship('urn:ngsi-ld:Organization:' || d.operator_id),
      'location', sense_point(s.lon, s.lat)),
    CASE WHEN s.id IS NOT NULL THEN box(point(s.lon, s.lat), point(s.lon, s.lat)) END, d.registered_at)::sense_projection))
  FROM sense_device d LEFT JOIN kernel_sites_site s ON s.id = d.site_id
  WHERE d.id = ANY (ids) AND d.protocol <> 'ngsi-ld' HAVING count(*) > 0 $$;

CREATE FUNCTION sense_project_sites(ids uuid[]) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT sense_project(array_agg(ROW(sense_site_urn(s.kind, s.id), ARRAY[coalesce(m.type, sense_term('Site'))], s.place_path,
    s.operator_id, 2, s.id, jsonb_build_object(
      'name', sense_property(to_jsonb(s.name)),
      'category', sense_property(jsonb_build_array(s.kind)),
      'address', sense_property(CASE WHEN s.address <> '' THEN
        jsonb_build_object('addressCountry', 'CN', 'streetAddress', s.address) END),
      'operator', sense_relationship('urn:ngsi-ld:Organization:' || s.operator_id),
      'validFrom', sense_property(sense_day(s.valid_from)),
      'closedAt', sense_property(sense_day(s.closed_at)),
      'location', sense_point(s.lon, s.lat)),
    box(point(s.lon, s.lat), point(s.lon, s.lat)), NULL)::sense_projection))
  FROM kernel_sites_site s LEFT JOIN sense_entity_model m ON m.kind = s.kind
  WHERE s.id = ANY (ids) HAVING count(*) > 0;
  SELECT sense_project_devices(array_agg(d.id)) FROM sense_device d WHERE d.site_id = ANY (ids) HAVING count(*) > 0 $$;

CREATE FUNCTION sense_project_profiles(keys text[]) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT sense_project(array_agg(ROW('urn:ngsi-ld:DeviceModel:' || p.key, ARRAY[sense_term('DeviceModel')], '50', NULL, 3, NULL,
    jsonb_build_object(
      'name', sense_property(to_jsonb(p.title_zh)),
      'alternateName', sense_property(to_jsonb(nullif(p.title_en, p.title_zh))),
      'description', sense_property(to_jsonb(p.notes)),
      'category', sense_property('["sensor"]'),
      'supportedProtocol', sense_property(jsonb_build_array(p.protocol)),
      'controlledProperty', sense_property(jsonb_path_query_array(p.content, 'lax $.properties[*].name')),
      'version', sense_property(to_jsonb(p.version)),
      'dateRetired', sense_property(CASE WHEN p.retired_at IS NOT NULL THEN
        jsonb_build_object('@type', 'DateTime', '@value', sense_moment(p.retired_at)) END)),
    NULL, NULL)::sense_projection))
  FROM sense_profile p WHERE p.key = ANY (keys) HAVING count(*) > 0 $$;

CREATE FUNCTION sense_unproject(kind int2, names text[]) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH gone AS (DELETE FROM sense_entity WHERE source = kind
    AND CASE kind WHEN 3 THEN urn = ANY (names) ELSE source_id = ANY (names::uuid[]) END RETURNING *)
  INSERT INTO sense_entity_tombstone (entity_id, urn, types, scopes, place_path, organisation_id, created_at, deleted_at)
  SELECT id, urn, types, scopes, place_path, organisation_id, created_at, now() FROM gone ON CONFLICT DO NOTHING $$;
"""

_CHANGED = {
    "sense_device": "title_zh title_en notes identity protocol profile place_path site_id operator_id",
    "kernel_sites_site": "name kind address place_path operator_id lon lat valid_from closed_at",
    "sense_profile": "title_zh title_en notes protocol content version retired_at",
}


def _triggers(table: str, thing: str, key: str, kind: int, gone: str) -> str:
    """Statement triggers: a bulk write of a thousand rows is one call."""
    columns = _CHANGED[table].split()
    new, old = (", ".join(f"{row}.{name}" for name in columns) for row in ("n", "o"))
    head = "RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$ BEGIN"
    inserted = f"SELECT array_agg(n.{key}) FROM fresh n"
    updated = f"SELECT array_agg(n.{key}) FROM fresh n JOIN former o USING ({key}) WHERE ({new}) IS DISTINCT FROM ({old})"
    fresh, former = "NEW TABLE AS fresh", "OLD TABLE AS former"
    parts = []
    for event, rows, tables in (("insert", inserted, fresh), ("update", updated, f"{former} {fresh}")):
        parts.append(
            f"CREATE FUNCTION {table}_{event}_projected() {head}"
            f" PERFORM sense_project_{thing}(found.keys) FROM ({rows}) AS found (keys) WHERE found.keys IS NOT NULL;"
            f" RETURN NULL; END $$;"
            f"CREATE TRIGGER sense_{event}_projected AFTER {event.upper()} ON {table} REFERENCING {tables}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_{event}_projected();"
        )
    parts.append(
        f"CREATE FUNCTION {table}_delete_projected() {head}"
        f" PERFORM sense_unproject({kind}::int2, found.names) FROM (SELECT array_agg({gone}) FROM former) AS found (names)"
        f" WHERE found.names IS NOT NULL; RETURN NULL; END $$;"
        f"CREATE TRIGGER sense_delete_projected AFTER DELETE ON {table} REFERENCING {former}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_delete_projected();"
    )
    return "\n".join(parts)


TRIGGERS = "\n".join(
    (
        _triggers("sense_device", "devices", "id", 1, "id::text"),
        _triggers("kernel_sites_site", "sites", "id", 2, "id::text"),
        _triggers("sense_profile", "profiles", "key", 3, "'urn:ngsi-ld:DeviceModel:' || key"),
    )
)

SERIES = """
CREATE FUNCTION sense_series_named() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  NEW.attribute := sense_term(NEW.property); RETURN NEW; END $$;
CREATE TRIGGER sense_series_named BEFORE INSERT ON sense_series FOR EACH ROW WHEN (NEW.attribute = '')
  EXECUTE FUNCTION sense_series_named();
UPDATE sense_series SET attribute = sense_term(property);
"""

LIVE = """
-- what a query can ask of a device or site beside its document: newest readings, state, what hangs on it
CREATE VIEW sense_live WITH (security_invoker = true) AS
  SELECT s.device_id AS owner, s.attribute, s.statistic, n.at, n.value, jsonb_strip_nulls(jsonb_build_object('type', 'Property',
    'value', CASE WHEN n.value NOT IN ('NaN', 'Infinity', '-Infinity') THEN n.value END, 'observedAt', sense_moment(n.at),
    'datasetId', CASE WHEN s.statistic <> 'rtd' THEN 'urn:ngsi-ld:Dataset:' || s.statistic END)) AS instance
  FROM sense_series s CROSS JOIN LATERAL (
    SELECT l.at, l.value FROM (
      SELECT at, value, 0::int8 AS number FROM sense_latest WHERE series_id = s.id
      UNION ALL SELECT at, value, id FROM sense_measurement WHERE series_id = s.id) l ORDER BY l.at DESC, l.number DESC LIMIT 1) n
UNION ALL
  SELECT t.device_id, 'https://uri.etsi.org/ngsi-ld/default-context/deviceState', 'rtd', NULL, NULL,
    jsonb_build_object('type', 'Property', 'value', CASE WHEN d.enabled THEN t.state ELSE 'disabled' END)
  FROM sense_device_status t JOIN sense_device d ON d.id = t.device_id
UNION ALL
  SELECT t.device_id, 'https://uri.etsi.org/ngsi-ld/default-context/dateLastValueReported', 'rtd', NULL, NULL,
    jsonb_build_object('type', 'Property', 'value', jsonb_build_object('@type', 'DateTime', '@value', sense_moment(t.last_seen)))
  FROM sense_device_status t WHERE t.last_seen IS NOT NULL
UNION ALL
  SELECT d.id, 'https://uri.etsi.org/ngsi-ld/default-context/controlledProperty', 'rtd', NULL, NULL,
    jsonb_build_object('type', 'Property', 'value', (
      SELECT to_jsonb(array_agg(DISTINCT s.property ORDER BY s.property)) FROM sense_series s WHERE s.device_id = d.id))
  FROM sense_device d WHERE EXISTS (SELECT 1 FROM sense_series s WHERE s.device_id = d.id)
UNION ALL
  SELECT d.site_id, 'https://uri.etsi.org/ngsi-ld/default-context/hasDevice', 'rtd', NULL, NULL,
    jsonb_build_object('type', 'Relationship', 'object', jsonb_agg('urn:ngsi-ld:Device:' || d.id ORDER BY d.id))
  FROM sense_device d WHERE d.site_id IS NOT NULL AND d.protocol <> 'ngsi-ld' GROUP BY d.site_id;
GRANT SELECT ON sense_live TO yuzhou_web;
ALTER TABLE sense_entity SET (fillfactor = 80);
"""

ALL = """
SELECT sense_project_sites(array_agg(id)) FROM kernel_sites_site HAVING count(*) > 0;
SELECT sense_project_devices(array_agg(id)) FROM sense_device HAVING count(*) > 0;
SELECT sense_project_profiles(array_agg(key)) FROM sense_profile HAVING count(*) > 0;
"""

_FUNCTIONS = (
    *(f"{table}_{event}_projected" for table in _CHANGED for event in ("insert", "update", "delete")),
    "sense_series_named",
    "sense_unproject",
    "sense_project_profiles",
    "sense_project_sites",
    "sense_project_devices",
    "sense_project",
)
_WORDS = ("attributes", "site_urn", "scope", "point", "relationship", "day", "property", "moment", "term")
UNDO = (
    "DROP VIEW sense_live; DROP FUNCTION "
    + ", ".join(_FUNCTIONS)
    + " CASCADE; DROP TYPE sense_projection; DROP FUNCTION "
    + ", ".join(f"sense_{word}" for word in _WORDS)
)


class Migration(migrations.Migration):
    dependencies = [("sense", "0020_entities"), ("kernel_sites", "0001_initial")]

    operations = [
        migrations.RunSQL(WORDS + WRITING + TRIGGERS + SERIES + LIVE + ALL, UNDO),
        row_security.enable("sense_entity", using=PLACE_OR_OWNER, readable="source = 3"),
        row_security.enable("sense_entity_instance", using=SEES_ENTITY),
        row_security.enable("sense_entity_tombstone", using=PLACE_OR_OWNER),
        row_security.enable("sense_context", using=OWN_OR_SHARED, readable="true"),
        row_security.read_only("sense_entity_model"),
    ]
