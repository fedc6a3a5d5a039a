"""What others see of files."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yuzhou.kernel.ids import urn

PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class FileRef:
    """A kept file. `permission` says who may read it: PUBLIC anyone; '' its maker alone; else who holds it in its reach."""

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    permission: str
    place_path: str | None
    organisation: UUID | None
    created_at: datetime

    @property
    def urn(self) -> str:
        """Its name to the world outside."""
        return urn("file", self.id)

    @property
    def is_public(self) -> bool:
        """Whether anyone may read it."""
        return self.permission == PUBLIC
