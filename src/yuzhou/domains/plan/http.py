"""The plan's JSON: `/api/v1/plan/`."""

from django.http import HttpRequest
from ninja import Router, Schema

from yuzhou.domains.plan import rules, selectors
from yuzhou.domains.plan.rules import SystemState, SystemView
from yuzhou.kernel.text import Text

router = Router(tags=["plan"])


class BilingualText(Schema):
    """A title in both languages."""

    zh: str
    en: str

    @classmethod
    def of(cls, text: Text) -> "BilingualText":
        """From the data's own form."""
        return cls(zh=text.zh, en=text.en)


class PartOut(Schema):
    """A part of a system, and the acceptance tests that prove it."""

    key: str
    title: BilingualText
    works: bool
    tests: list[str]


class SystemOut(Schema):
    """A system of the plan with its state."""

    key: str
    section: str
    title: BilingualText
    works_when: BilingualText
    state: SystemState
    parts: list[PartOut]
    domains: list[str]

    @classmethod
    def of(cls, view: SystemView) -> "SystemOut":
        """From the view of the system."""
        return cls(
            key=view.key,
            section=view.section,
            title=BilingualText.of(view.title),
            works_when=BilingualText.of(view.works_when),
            state=view.state,
            parts=[
                PartOut(
                    key=part.key,
                    title=BilingualText.of(part.title),
                    works=part.works,
                    tests=[claim.test for claim in part.claims],
                )
                for part in view.parts
            ],
            domains=list(view.domains),
        )


class SystemsOut(Schema):
    """All systems with a count by state."""

    counts: dict[SystemState, int]
    systems: list[SystemOut]


@router.get(
    "/systems",
    response=SystemsOut,
    auth=None,
    operation_id="plan_list_systems",
    summary="Every system of the plan with its state",
)
def list_systems(request: HttpRequest) -> SystemsOut:
    """Every system of the plan with its parts and state; public."""
    views = selectors.list_systems()
    return SystemsOut(counts=rules.count_states(views), systems=[SystemOut.of(view) for view in views])


@router.get("/systems/{key}", response=SystemOut, auth=None, summary="One system with its parts and tests")
def get_system(request: HttpRequest, key: str) -> SystemOut:
    """One system by its key; public."""
    return SystemOut.of(selectors.get_system(key))
