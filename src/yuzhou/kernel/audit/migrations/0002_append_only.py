"""Entries are added and never changed, by anybody; the web's role only adds, and reads what is within its reach."""

from django.db import migrations

from yuzhou.kernel.row_security import WEB_ROLE

FORBID = """
CREATE FUNCTION kernel_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the audit log is only ever added to' USING ERRCODE = 'insufficient_privilege'; END $$;
"""
TABLES = ("kernel_audit_entry", "kernel_audit_leaf", "kernel_audit_node", "kernel_audit_head")
TRIGGERS = "".join(
    f"CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION kernel_audit_refuse();\n"
    for table in TABLES
)
RIGHTS = f"""
REVOKE UPDATE, DELETE, TRUNCATE ON {", ".join(TABLES)} FROM {WEB_ROLE};
REVOKE INSERT ON kernel_audit_leaf, kernel_audit_node, kernel_audit_head FROM {WEB_ROLE};
REVOKE SELECT, UPDATE, DELETE ON kernel_audit_pending FROM {WEB_ROLE};
ALTER TABLE kernel_audit_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY kernel_audit_entry_add ON kernel_audit_entry FOR INSERT WITH CHECK (true);
CREATE POLICY kernel_audit_entry_read ON kernel_audit_entry FOR SELECT
  USING (app_sees_place('50') OR app_is_user(actor_id) OR app_sees_organisation(organisation));
"""
UNDO = (
    "DROP POLICY kernel_audit_entry_read ON kernel_audit_entry; DROP POLICY kernel_audit_entry_add ON kernel_audit_entry;"
    + "".join(f"DROP TRIGGER {table}_keep ON {table};" for table in TABLES)
    + "DROP FUNCTION kernel_audit_refuse();"
)


class Migration(migrations.Migration):
    dependencies = [("kernel_audit", "0001_initial"), ("kernel_access", "0001_initial")]

    operations = [migrations.RunSQL(FORBID + TRIGGERS + RIGHTS, UNDO)]
