"""What others see of parties."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from yuzhou.kernel.parties.rules.id_number import Sex
from yuzhou.kernel.text import Text


class OrganisationKind(StrEnum):
    """What an organisation is."""

    ENTERPRISE = "enterprise"
    SOLE_TRADER = "sole-trader"
    COOPERATIVE = "cooperative"
    GOVERNMENT = "government"
    INSTITUTION = "institution"
    SOCIAL = "social"
    OTHER = "other"

    @property
    def label(self) -> Text:
        """The kind in both languages."""
        return KIND_TITLES[self]


KIND_TITLES = {
    OrganisationKind.ENTERPRISE: Text("企业", "Enterprise"),
    OrganisationKind.SOLE_TRADER: Text("个体工商户", "Sole trader"),
    OrganisationKind.COOPERATIVE: Text("农民专业合作社", "Farmers' cooperative"),
    OrganisationKind.GOVERNMENT: Text("机关", "Government body"),
    OrganisationKind.INSTITUTION: Text("事业单位", "Public institution"),
    OrganisationKind.SOCIAL: Text("社会组织", "Social organisation"),
    OrganisationKind.OTHER: Text("其他", "Other"),
}


@dataclass(frozen=True, slots=True)
class OrganisationRef:
    """An organisation as the public register shows it."""

    id: UUID
    uscc: str
    name: str
    name_en: str
    kind: OrganisationKind
    place_path: str

    @property
    def title(self) -> Text:
        """Its name in both languages; the Chinese one where it has no other."""
        return Text(self.name, self.name_en or self.name)

    def __str__(self) -> str:
        return str(self.title)


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach an organisation; not public."""

    name: str = ""
    telephone: str = ""
    email: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person as it is shown: the identity number masked. No date of birth: with it the masked digits could be guessed."""

    id: UUID
    name: str
    masked_id_number: str
    sex: Sex
    place_path: str | None
    organisation: UUID | None
