"""What others see of sites."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from yuzhou.kernel.ids import urn
from yuzhou.kernel.parties.contracts import OrganisationRef
from yuzhou.kernel.places.contracts import PlaceRef


@dataclass(frozen=True, slots=True)
class SiteView:
    """A site (场所) such as a farm, works or outlet: where it is and who operates it. Degrees of WGS 84."""

    id: UUID
    kind: str
    name: str
    address: str
    place: PlaceRef
    lon: float
    lat: float
    operator: OrganisationRef | None
    valid_from: date
    closed_at: date | None

    @property
    def urn(self) -> str:
        """Its name to the world outside."""
        return urn("site", self.id)

    @property
    def is_open(self) -> bool:
        """Whether nobody has closed it."""
        return self.closed_at is None

    def __str__(self) -> str:
        return self.name
