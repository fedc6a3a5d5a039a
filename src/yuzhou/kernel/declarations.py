"""What a part of the platform says of itself. Frozen, and importable without Django: code is named as `module:attribute`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from yuzhou.kernel.text import Text


class Face(StrEnum):
    """The two faces of the site."""

    PORTAL = "portal"
    DESK = "desk"


@dataclass(frozen=True, slots=True)
class Permission:
    """`part.noun:verb` with its title."""

    key: str
    title: Text


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of permissions, held in a place or for an organisation."""

    key: str
    title: Text
    holder: Literal["place", "organisation"]
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Makes:
    """A claim that this domain makes one part of a plan system work, and the acceptance test that proves it."""

    system: str
    part: str
    test: str


def makes(system: str, *, part: str, test: str) -> Makes:
    """Claim a part of a plan system (`I3`), proved by a pytest node id."""
    return Makes(system, part, test)


@dataclass(frozen=True, slots=True)
class PlanSystem:
    """A system that the city's plan calls for, with the parts that all must work (part key to title)."""

    key: str
    section: str
    title: Text
    works_when: Text
    parts: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of the menu; shown to those who hold the permission, or to all where none is named."""

    title: Text
    url_name: str
    face: Face = Face.DESK
    permission: str | None = None
    icon: str = "point"
    order: int = 100


@dataclass(frozen=True, slots=True)
class Mount:
    """URLs of a part below a path of the site root; the path ends in '/'."""

    path: str
    urls: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """A handler for a versioned event, named as text: `sense.AlarmRaised@1` → `module:function`."""

    event: str
    handler: str


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    """A job that runs by a cron line in the city's time."""

    name: str
    cron: str
    run: str


@dataclass(frozen=True, slots=True)
class Ticker:
    """A function that the worker calls every so many seconds, in one process at a time."""

    name: str
    every_seconds: float
    run: str


@dataclass(frozen=True, slots=True)
class ListenPort:
    """A TCP port of a service: `up` takes it as `--<name>-port` and hands it on as `YUZHOU_<NAME>_PORT`, beside `YUZHOU_HOST`."""

    name: str
    default: int
    title: Text


@dataclass(frozen=True, slots=True)
class Service:
    """A long-running child process of `up`: `python -m yuzhou <command>`; ready once it listens on all its ports."""

    name: str
    command: tuple[str, ...]
    database_role: Literal["web", "owner"] = "owner"
    demo_only: bool = False
    ports: tuple[ListenPort, ...] = ()


@dataclass(frozen=True, slots=True)
class Widget:
    """A card on the desk's first page: `run(request) -> str` gives its HTML, or nothing."""

    name: str
    title: Text
    run: str
    permission: str | None = None
    order: int = 100


@dataclass(frozen=True, slots=True)
class MapLayer:
    """A layer of points on the city map: GeoJSON (`ui.maps.points_response`) from a named URL; `states`: the kind of states."""

    name: str
    title: Text
    url_name: str
    permission: str | None = None
    states: str = ""


@dataclass(frozen=True, slots=True)
class Provider:
    """A function that is asked by its name `module:function`.

    worklist: `run(actor) -> list[WorkItem]`; search: `run(actor, text) -> Iterable[(title, url)]`, the best first, `text` of two
    characters or more. Both answer only with what the actor may see. reference_data: `version() -> str` changes when it must be
    loaded again, where the files beside `run` do not tell.
    """

    name: str
    run: str
    version: str | None = None


@dataclass(frozen=True, slots=True)
class DemoNote:
    """What people should know of a demonstration: its accounts, each with who it is, and the password of all."""

    text: Text
    accounts: tuple[tuple[str, str], ...] = ()
    password: str = ""


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """What an act of the audit log may be about, by the kind in its URN: its title, its page, and `names(ids) -> {id: name}`.

    `url_name` leads to a page whose address has the id as its only argument; `sites` names the kind of site whose page it is.
    """

    kind: str
    title: Text
    url_name: str = ""
    names: str = ""
    sites: str = ""


@dataclass(frozen=True, slots=True)
class EntityModel:
    """What type of NGSI-LD entity the sites of a kind are: a term (`PollutantOutlet`), its IRI where it is not of the default
    vocabulary, and where its Smart Data Model is described."""

    kind: str
    term: str
    title: Text
    iri: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """What capabilities and domains both declare."""

    key: str
    title: Text
    apps: tuple[str, ...] = ()
    permissions: tuple[Permission, ...] = ()
    roles: tuple[Role, ...] = ()
    events: tuple[str, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    jobs: tuple[PeriodicJob, ...] = ()
    tickers: tuple[Ticker, ...] = ()
    services: tuple[Service, ...] = ()
    mounts: tuple[Mount, ...] = ()
    api: str | None = None
    navigation: tuple[NavItem, ...] = ()
    widgets: tuple[Widget, ...] = ()
    map_layers: tuple[MapLayer, ...] = ()
    worklist: tuple[Provider, ...] = ()
    search: tuple[Provider, ...] = ()
    subjects: tuple[SubjectKind, ...] = ()
    reference_data: tuple[Provider, ...] = ()
    entity_models: tuple[EntityModel, ...] = ()
    device_profiles: tuple[str, ...] = ()  # `module:attribute`: kinds of devices as data, one Profile of sense or several
    demo: tuple[Provider, ...] = ()  # `run() -> DemoNote`: makes what is missing of the demonstration; what people should know
    commands: tuple[Provider, ...] = ()
    health: tuple[Provider, ...] = ()


@dataclass(frozen=True, slots=True)
class Capability(Part):
    """A verb of the platform, such as sense or trace."""


@dataclass(frozen=True, slots=True)
class Domain(Part):
    """A field of the city's life, thin, standing on capabilities."""

    uses: tuple[str, ...] = ()
    makes: tuple[Makes, ...] = ()
    plan_systems: tuple[PlanSystem, ...] = ()
    subject_types: Mapping[str, Text] = field(default_factory=dict)
