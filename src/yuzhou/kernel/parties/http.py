"""The public register of organisations as JSON."""

from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema

from yuzhou.kernel.parties import organisations
from yuzhou.kernel.parties.contracts import OrganisationKind, OrganisationRef

router = Router()


class OrganisationOut(Schema):
    """An organisation as anyone may see it."""

    id: UUID
    uscc: str
    name: str
    name_en: str
    kind: OrganisationKind
    place_path: str


@router.get("", response=list[OrganisationOut], summary="List organisations by name, code or place")
def list_organisations(
    request: HttpRequest,
    q: str = Query("", max_length=80),
    below: str | None = Query(None, max_length=40),
    limit: int = Query(100, ge=1, le=500),
) -> list[OrganisationRef]:
    """`q` is a part of the name or the beginning of the credit code; `below` the path of a place."""
    return organisations.list_organisations(text=q, below=below, limit=limit)


@router.get("/{uscc}", response=OrganisationOut, summary="One organisation by its credit code")
def get_organisation(request: HttpRequest, uscc: str) -> OrganisationRef:
    """The organisation of a unified social credit code."""
    return organisations.get_organisation(uscc=uscc.upper())
