"""The log in the database: ordered, signed, provable, and refusing or betraying every change."""

import json
import threading
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import ProgrammingError, connection, transaction

from yuzhou.kernel import acts
from yuzhou.kernel.actor import CITY_PATH, Actor, ActorKind, Grant
from yuzhou.kernel.audit import command, heads
from yuzhou.kernel.audit.api import (
    EntryFilter,
    check_consistency,
    check_log,
    check_proof,
    count_entries,
    get_entry,
    get_proof,
    list_entries,
    prove_consistency,
    public_keys,
    sequence,
    sign_head,
    tick,
)
from yuzhou.kernel.audit.models import AuditEntry, AuditLeaf
from yuzhou.kernel.audit.signing import rotate_key
from yuzhou.kernel.errors import Conflict, PermissionDenied
from yuzhou.kernel.transactions import acting_as

OFFICER = Actor(
    kind=ActorKind.PERSON,
    name="样例巡查员",
    id=uuid4(),
    grants=(Grant("r", frozenset({"kernel.audit:read"}), place_path=CITY_PATH),),
)
SYSTEM = Actor.system("test")


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path: Path) -> Path:
    settings.DATA_FOLDER = tmp_path
    return tmp_path


def do(*subjects: str, actor: Actor = OFFICER) -> None:
    with acting_as(actor):
        for subject in subjects:
            acts.record(
                actor=actor, act="sense.alarm:close", subject=subject, details={"原因": "维护", "ratio": 1.0, "n": [1, None]}
            )


def entry_ids() -> list[UUID]:
    return list(AuditLeaf.objects.order_by("index").values_list("entry", flat=True))


def tamper(sql: str) -> None:
    """Change the log as one could who has the server in hand."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)


def codes() -> set[str]:
    return {finding.code for finding in check_log().findings}


@pytest.mark.django_db
def test_the_web_adds_entries_and_can_neither_change_nor_order_nor_forget_them() -> None:
    do("urn:a")
    for sql in (
        "UPDATE kernel_audit_entry SET act = 'x'",
        "DELETE FROM kernel_audit_entry",
        "TRUNCATE kernel_audit_entry",
        "DELETE FROM kernel_audit_pending",
        "INSERT INTO kernel_audit_leaf VALUES (0, gen_random_uuid())",
        "DELETE FROM kernel_audit_head",
    ):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


@pytest.mark.django_db
@pytest.mark.owner
def test_even_the_owner_is_refused_a_change() -> None:
    do("urn:a")
    for sql in ("UPDATE kernel_audit_entry SET act = 'x'", "DELETE FROM kernel_audit_entry"):
        with pytest.raises(ProgrammingError, match="only ever added to"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


@pytest.mark.django_db
def test_people_see_their_own_acts_the_city_sees_all_and_reading_is_recorded() -> None:
    other = Actor(kind=ActorKind.PERSON, name="另一人", id=uuid4())
    do("urn:a")
    do("urn:b", actor=other)
    with acting_as(OFFICER):
        found = list_entries(actor=OFFICER, wanted=EntryFilter(act="sense.", who="样例"))
        assert [entry.subject for entry in found] == ["urn:a"]
        assert next(entry.act for entry in list_entries(actor=OFFICER, wanted=EntryFilter())) == "kernel.audit:read"
        assert count_entries(actor=OFFICER, wanted=EntryFilter(subject="urn:a")) == 1
        assert get_entry(actor=OFFICER, entry=found[0].id) == (found[0], None)
    with acting_as(other):
        assert list(AuditEntry.objects.values_list("subject", flat=True)) == ["urn:b"]
        with pytest.raises(PermissionDenied):
            list_entries(actor=other, wanted=EntryFilter())


@pytest.mark.django_db(transaction=True)
@pytest.mark.owner
def test_entries_are_ordered_once_committed_however_the_batches_fall() -> None:
    do(*(f"urn:{n}" for n in range(7)))
    assert sequence(limit=3) == 3
    do("urn:x")
    tick()
    assert sequence() == 0
    assert list(AuditLeaf.objects.order_by("index").values_list("index", flat=True)) == list(range(8))
    report = check_log()
    assert (report.is_sound, report.size, report.heads, report.pending) == (True, 8, 1, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.owner
def test_concurrent_writers_do_not_wait_and_sequencers_leave_no_gap() -> None:
    def write() -> None:
        for n in range(30):
            do(f"urn:{n}")
            if n % 10 == 0:
                sequence(limit=7)
        connection.close()

    with acting_as(SYSTEM):
        acts.record(actor=SYSTEM, act="x.y:z", subject="urn:open")  # an open transaction holds nobody up
        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
            assert not thread.is_alive()
    tick()
    report = check_log()
    assert (report.is_sound, report.size) == (True, 121)


@pytest.mark.django_db(transaction=True)
@pytest.mark.owner
def test_a_proof_holds_anywhere_and_fails_for_anything_else(data_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    do(*(f"urn:{n}" for n in range(20)))
    with acting_as(OFFICER), pytest.raises(Conflict):
        get_proof(actor=OFFICER, entry=AuditEntry.objects.first().id)
    tick()
    wanted = entry_ids()[13]
    assert command.run(["prove", str(wanted)]) == 0
    proof = json.loads(capsys.readouterr().out)
    assert check_proof(proof, public_keys()) == []
    file = data_folder / "proof.json"
    file.write_text(json.dumps(proof))
    assert command.run(["verify", str(file)]) == 0
    assert command.run(["verify", str(file), "--key", str(data_folder / "keys" / "audit-head.pub")]) == 0

    changed = proof | {"entry": proof["entry"] | {"act": "sense.alarm:open"}}
    assert [finding.code for finding in check_proof(changed, public_keys())] == ["entry-not-under-head"]
    forged = proof | {"head": proof["head"] | {"size": 23}}
    assert "head-not-signed" in [finding.code for finding in check_proof(forged, public_keys())]
    assert [finding.code for finding in check_proof({"format": "?"}, public_keys())] == ["not-a-proof"]
    file.write_text("nothing")
    assert command.run(["verify", str(file)]) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.owner
def test_heads_are_consistent_signed_exported_and_survive_a_new_key(data_folder: Path) -> None:
    do("urn:1", "urn:2", "urn:3")
    tick()
    old = heads.latest_head()
    rotate_key()
    do(*(f"urn:{n}" for n in range(9)))
    sequence()
    new = sign_head()
    assert old
    assert new
    assert (old.size, new.size) == (3, 12)
    assert old.key != new.key
    assert check_consistency(old, new, prove_consistency(old, new))
    assert [head.size for head in heads.exported_heads()] == [3, 12]
    assert sign_head() == new
    assert check_log().is_sound
    assert (data_folder / "keys" / "audit-head.pem").stat().st_mode & 0o077 == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.owner
@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE kernel_audit_entry SET actor_name = '别人' WHERE subject = 'urn:5'", "entry-altered"),
        ("UPDATE kernel_audit_entry SET details = '{}' WHERE subject = 'urn:5'", "entry-altered"),
        ("DELETE FROM kernel_audit_entry WHERE subject = 'urn:5'", "entry-missing"),
        ("DELETE FROM kernel_audit_leaf WHERE index = 5", "gap-in-order"),
        ("DELETE FROM kernel_audit_leaf WHERE index >= 5", "log-shorter-than-head"),
        ("UPDATE kernel_audit_node SET hash = sha256('x') WHERE level = 2 AND index = 0", "tree-altered"),
        ("UPDATE kernel_audit_head SET root = sha256('x')", "stored-head-differs"),
        ("UPDATE kernel_audit_head SET root = sha256('x')", "head-not-signed"),
        (
            "INSERT INTO kernel_audit_entry (id, at, actor_kind, actor_name, act, subject, details, request) "
            "VALUES (gen_random_uuid(), now(), 'person', 'x', 'x.y:z', 'urn:slipped-in', '{}', '')",
            "entry-never-ordered",
        ),
    ],
)
def test_tampering_is_found(change: str, found: str) -> None:
    do(*(f"urn:{n}" for n in range(10)))
    tick()
    assert check_log().is_sound
    tamper(change)
    assert found in codes()
    assert command.run(["verify-log"]) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.owner
def test_a_log_rewritten_whole_inside_the_database_differs_from_its_exported_heads() -> None:
    do("urn:1", "urn:2")
    tick()
    tamper("TRUNCATE kernel_audit_entry, kernel_audit_leaf, kernel_audit_node, kernel_audit_head, kernel_audit_pending")
    do("urn:1", "urn:other")
    sequence()
    sign_head()
    assert "exported-head-differs" in codes()
