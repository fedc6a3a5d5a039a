"""Makes the demonstration city: sample firms, simulated outlets and demonstration accounts. Idempotent."""

from dataclasses import dataclass
from uuid import UUID

from yuzhou.domains.environment.contracts import FactorEntry, LimitEntry, OutletEntry
from yuzhou.domains.environment.demo.cast import DISTRICTS, FIRMS, OUTLETS, PASSWORD, DemoFirm, DemoOutlet
from yuzhou.domains.environment.models import OutletRecord
from yuzhou.domains.environment.reference import standard_limits
from yuzhou.domains.environment.services.outlets import register_outlet
from yuzhou.kernel import clock
from yuzhou.kernel.access.api import seed_account
from yuzhou.kernel.actor import CITY_PATH, Actor
from yuzhou.kernel.declarations import DemoNote
from yuzhou.kernel.errors import NotFound
from yuzhou.kernel.parties.api import OrganisationKind, complete_credit_code, get_organisation, register_organisation
from yuzhou.kernel.places.api import get_place
from yuzhou.kernel.text import Text
from yuzhou.kernel.transactions import acting_as, transaction_required

ENTERPRISE = "91"  # registered by market regulation, an enterprise (GB 32100)


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the demonstration and where it acts."""

    username: str
    role: str
    where: str


@dataclass(frozen=True, slots=True)
class SeededCity:
    """What the demonstration city consists of; `password` is that of all its accounts."""

    outlets: int
    accounts: tuple[DemoAccount, ...]
    password: str = PASSWORD


@transaction_required
def seed_city(*, actor: Actor) -> SeededCity:
    """Make what is missing of the demonstration city and say what there is."""
    firms = {firm.number: _seed_firm(actor, firm) for firm in FIRMS}
    known = set(OutletRecord.objects.values_list("mn", flat=True))
    for outlet in OUTLETS:
        if outlet.mn not in known:
            register_outlet(actor=actor, entry=_entry(outlet, firms[outlet.firm]))
    city = get_place(path=CITY_PATH).name
    accounts = [_seed_account(actor, "demo-city-officer", f"{city}演示监察员", "environment-city", place_path=CITY_PATH)]
    for district in DISTRICTS:
        place = get_place(code=district.code)
        name, title = f"demo-{district.latin}-officer", f"{place.name}演示监察员"
        accounts.append(_seed_account(actor, name, title, "environment-officer", place_path=place.path))
    for firm in FIRMS[:3]:
        name, title = f"demo-firm-{firm.number}", f"{firm.title.zh}环保员"
        accounts.append(_seed_account(actor, name, title, "environment-firm", organisation=firms[firm.number]))
    return SeededCity(outlets=len(OUTLETS), accounts=tuple(accounts))


def seed_demonstration() -> DemoNote:
    """Seed the city and say which accounts show it."""
    actor = Actor.system("environment.demo")
    with acting_as(actor):
        city = seed_city(actor=actor)
    text = Text(f"演示城市就绪，{city.outlets} 个排污口", f"demonstration city ready, {city.outlets} outlets")
    return DemoNote(text, tuple((account.username, account.where) for account in city.accounts), city.password)


def _seed_firm(actor: Actor, firm: DemoFirm) -> UUID:
    uscc = complete_credit_code(f"{ENTERPRISE}{firm.district}", f"MAYL{firm.number:04d}").text
    try:
        return get_organisation(uscc=uscc).id
    except NotFound:
        return register_organisation(
            actor=actor,
            uscc=uscc,
            name=firm.title.zh,
            name_en=firm.title.en,
            kind=OrganisationKind.ENTERPRISE,
            place_path=get_place(code=firm.district).path,
        ).id


def _entry(outlet: DemoOutlet, operator: UUID) -> OutletEntry:
    place = get_place(code=outlet.district)
    return OutletEntry(
        name=outlet.name,
        place_path=place.path,
        lon=round((place.lon or 0) + outlet.east, 5),
        lat=round((place.lat or 0) + outlet.north, 5),
        operator=operator,
        medium=outlet.medium,
        mn=outlet.mn,
        password=outlet.password,
        system_type=outlet.system_type,
        factors=tuple(FactorEntry(code, code in outlet.converted, _limits(outlet, code)) for code in outlet.factors),
        address="",
        permit=f"样例许可{outlet.number:03d}",
        silent_after_minutes=10,
        frozen_after_minutes=120,
        simulated=True,
    )


def _limits(outlet: DemoOutlet, code: str) -> tuple[LimitEntry, ...]:
    """The carried limits of the outlet's standard, in force since the year began, so that reissued data are judged too."""
    since = clock.local_day(clock.now()).replace(month=1, day=1)
    return tuple(
        LimitEntry(upper=x.upper, lower=x.lower, averaging=x.averaging, basis=f"{x.standard} {x.clause.zh}", valid_from=since)
        for x in standard_limits()
        if x.title.zh == outlet.standard and x.factor == code
    )


def _seed_account(
    actor: Actor, username: str, display_name: str, role: str, *, place_path: str | None = None, organisation: UUID | None = None
) -> DemoAccount:
    where = get_place(path=place_path).name if place_path else str(get_organisation(organisation=organisation))
    seed_account(
        actor=actor,
        username=username,
        display_name=display_name,
        password=PASSWORD,
        role=role,
        place_path=place_path,
        organisation=organisation,
    )
    return DemoAccount(username, role, where)
