"""Lists of devices: looked through first, whole, and entered then, in portions, so that work that breaks off goes on."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from yuzhou.capabilities.sense.contracts import Profile
from yuzhou.capabilities.sense.contracts.onboarding import DeviceEntry, DeviceImport, ImportStatus
from yuzhou.capabilities.sense.contracts.protocols import protocol_of
from yuzhou.capabilities.sense.models import DeviceBatchRecord, DeviceImportRecord, DeviceRecord
from yuzhou.capabilities.sense.rules.device_lists import CONNECTION, Fault, Row, Unreadable, read_list
from yuzhou.capabilities.sense.rules.identities import is_identity
from yuzhou.capabilities.sense.selectors.imports import IMPORT_SECRET, get_record, import_of, open_json
from yuzhou.capabilities.sense.selectors.profiles import find_profiles
from yuzhou.capabilities.sense.services.onboarding import onboard_device
from yuzhou.kernel.access.api import actor_for, get_account
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.clock import now
from yuzhou.kernel.errors import Conflict, Invalid, NotFound, YuzhouError, message_for
from yuzhou.kernel.ids import uuid7
from yuzhou.kernel.jobs.api import defer
from yuzhou.kernel.keys.api import encrypt
from yuzhou.kernel.parties.api import get_organisation
from yuzhou.kernel.places.api import get_place
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as, transaction_required

REGISTER = "sense.device:register"
MOST_ROWS = 10_000
LARGEST = 10_000_000  # bytes
MOST_FAULTS = 2_000  # kept to be shown
PORTION = 100
JOB = "sense.import-devices"


@transaction_required
def check_devices(*, actor: Actor, name: str, content: bytes) -> DeviceImport:
    """Look a list of devices through; nothing is entered yet. Needs `sense.device:register`.

    Raises Invalid where the file is no such list; what is wrong with its rows is in the answer.
    """
    actor.require(REGISTER)
    if len(content) > LARGEST:
        raise Invalid("sense.list-too-large", field="file", most=LARGEST // 1_000_000)
    try:
        rows, faults = read_list(content, most=MOST_ROWS)
    except Unreadable as error:
        raise Invalid(error.code, field="file", **error.params) from error
    entries, more = _Checker(actor, rows).check()
    faults = sorted([*faults, *more], key=lambda fault: fault.line)
    identifier = uuid7()
    record = DeviceImportRecord.objects.create(
        id=identifier,
        name=name[:200],
        content=_seal(identifier, entries),
        rows=len(rows),
        faults=[asdict(fault) for fault in faults[:MOST_FAULTS]],
        fault_count=len(faults),
        made_at=now(),
        made_by=actor.name,
        made_by_id=actor.id,
    )
    return import_of(record)


def _seal(identifier: UUID, value: Any) -> bytes:
    return encrypt(IMPORT_SECRET, json.dumps(value).encode(), bound_to=str(identifier))


class _Checker:
    """Holds what rows are checked against, so that each place, firm and profile is looked up once."""

    def __init__(self, actor: Actor, rows: Sequence[Row]) -> None:
        self.actor, self.rows = actor, rows
        self.profiles = find_profiles(keys={row.cells.get("profile", "") for row in rows})
        self.places: dict[str, str | None] = {}
        self.firms: dict[str, UUID | None] = {}
        self.taken = self._taken()

    def _taken(self) -> set[tuple[str, str]]:
        identities = [row.cells.get("identity", "") for row in self.rows]
        found = DeviceRecord.objects.filter(identity__in=identities, enabled=True)
        return set(found.values_list("protocol", "identity"))

    def check(self) -> tuple[list[dict[str, Any]], list[Fault]]:
        """The entries as JSON, and what is wrong with them."""
        entries, faults = [], []
        for row in self.rows:
            found = list(self._faults(row))
            faults += [Fault(row.line, column, code, params) for column, code, params in found]
            entries.append({"line": row.line, **row.cells})
        return entries, faults

    def _faults(self, row: Row) -> list[tuple[str, str, dict[str, Any]]]:
        cells, faults = row.cells, []
        profile = self.profiles.get(cells.get("profile", ""))
        if cells.get("profile") and (profile is None or profile.retired):
            faults.append(("profile", "sense.list-profile", {"value": cells["profile"][:60]}))
        if cells.get("identity") and not is_identity(cells["identity"]):
            faults.append(("identity", "sense.identity-form", {}))
        elif profile is not None and (profile.protocol, cells.get("identity", "")) in self.taken:
            faults.append(("identity", "sense.identity-taken", {"identity": cells["identity"]}))
        if cells.get("place"):
            faults += self._place_faults(cells["place"])
        if cells.get("operator") and self.firm(cells["operator"]) is None:
            faults.append(("operator", "sense.list-operator", {"value": cells["operator"][:60]}))
        return faults + (self._connection_faults(profile, cells) if profile else [])

    def _place_faults(self, code: str) -> list[tuple[str, str, dict[str, Any]]]:
        path = self.place(code)
        if path is None:
            return [("place", "sense.list-place", {"value": code[:60]})]
        return [] if self.actor.can(REGISTER, place_path=path) else [("place", "sense.list-place-denied", {"value": code[:60]})]

    def _connection_faults(self, profile: Profile, cells: dict[str, str]) -> list[tuple[str, str, dict[str, Any]]]:
        fields = protocol_of(profile.protocol).connection
        return [
            (f"{CONNECTION}{field.name}", "sense.list-missing", {})
            for field in fields
            if field.required and not cells.get(f"{CONNECTION}{field.name}")
        ]

    def place(self, code: str) -> str | None:
        """The path of an administrative code, or of a path."""
        if code not in self.places:
            try:
                self.places[code] = (get_place(path=code) if "." in code else get_place(code=code)).path
            except NotFound:
                self.places[code] = None
        return self.places[code]

    def firm(self, code: str) -> UUID | None:
        """The firm of a credit code."""
        if code not in self.firms:
            try:
                self.firms[code] = get_organisation(uscc=code.upper()).id
            except NotFound:
                self.firms[code] = None
        return self.firms[code]

    def entry(self, cells: dict[str, Any]) -> DeviceEntry:
        """A row as a device."""
        minutes = cells.get("silent_minutes", "")
        settings = {name.removeprefix(CONNECTION): value for name, value in cells.items() if name.startswith(CONNECTION)}
        return DeviceEntry(
            identity=cells["identity"],
            title=Text(cells["title"], cells.get("title_en") or cells["title"]),
            profile=cells["profile"],
            place_path=self.place(cells["place"]) or "",
            secret=cells.get("secret", ""),
            operator_id=self.firm(cells["operator"]) if cells.get("operator") else None,
            silent_after_seconds=round(float(minutes) * 60) if minutes else None,
            notes=cells.get("notes", ""),
            connection={name: int(value) if value.isdecimal() else value for name, value in settings.items() if value},
        )


@transaction_required
def start_import(*, actor: Actor, import_id: UUID) -> DeviceImport:
    """Enter the devices of a list that was looked through; a job does it. Idempotent.

    Raises NotFound; Conflict `sense.list-faulty` while anything is wrong with it.
    """
    record = get_record(actor, import_id)
    if record.fault_count:
        raise Conflict("sense.list-faulty", count=record.fault_count)
    if record.status in (ImportStatus.CHECKED, ImportStatus.FAILED):
        record.status, record.problem = ImportStatus.RUNNING, ""
        record.save(update_fields=["status", "problem"])
        defer(JOB, import_id=str(record.id))
    return import_of(record)


def run_import(import_id: UUID) -> None:
    """Enter what is left of a list, a portion in each transaction, as the person who brought it. What fails stops it, in words;
    what is entered stays, and the list goes on from there when it is started again."""
    with acting_as(Actor.system("sense.import")):
        record = DeviceImportRecord.objects.get(id=import_id)
        actor = maker_of(record)
    while record.status == ImportStatus.RUNNING and record.done < record.rows:
        try:
            with acting_as(actor):
                record = _enter_portion(actor, import_id)
        except YuzhouError as error:
            _note(import_id, status=ImportStatus.FAILED, problem=message_for(error)[:500])
            return
    _note(import_id, status=ImportStatus.DONE)


def maker_of(record: DeviceImportRecord | DeviceBatchRecord) -> Actor:
    """The person who asked for the work, with the roles that they hold now."""
    system = Actor.system("sense.import")
    return actor_for(get_account(actor=system, user=record.made_by_id)) if record.made_by_id else system


def _note(import_id: UUID, **values: Any) -> None:
    with acting_as(Actor.system("sense.import")):
        DeviceImportRecord.objects.filter(id=import_id).update(**values)


def _enter_portion(actor: Actor, import_id: UUID) -> DeviceImportRecord:
    record = DeviceImportRecord.objects.select_for_update().get(id=import_id)
    portion = open_json(record.id, record.content)[record.done : record.done + PORTION]
    rows = [Row(cells["line"], {name: value for name, value in cells.items() if name != "line"}) for cells in portion]
    checker = _Checker(actor, rows)
    credentials = open_json(record.id, record.credentials) if record.credentials else []
    with transaction.atomic():
        for row in rows:
            made = onboard_device(actor=actor, entry=checker.entry(row.cells))
            credentials.append([made.device.identity, row.cells["title"], made.device.profile, made.secret])
    record.credentials = _seal(record.id, credentials)
    record.done += len(rows)
    record.save(update_fields=["credentials", "done"])
    return record


@transaction_required
def forget_credentials(*, actor: Actor, import_id: UUID) -> None:
    """Drop the secrets of a list once they are kept elsewhere."""
    record = get_record(actor, import_id)
    record.credentials = b""
    record.content = b""
    record.save(update_fields=["credentials", "content"])


@transaction_required
def forget_old_imports() -> int:
    """Drop lists, with the secrets in them, and changes of many devices after a week; returns how many lists."""
    DeviceBatchRecord.objects.filter(made_at__lt=now() - timedelta(days=7)).delete()
    return DeviceImportRecord.objects.filter(made_at__lt=now() - timedelta(days=7)).delete()[0]
