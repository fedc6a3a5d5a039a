"""Where accounts and grants are administered."""

from uuid import UUID

from yuzhou.kernel.errors import Invalid, NotFound
from yuzhou.kernel.parties.api import get_organisation
from yuzhou.kernel.places.api import get_place


def require_place(path: str) -> str:
    """The path, if it is one of a place of the city; raises Invalid."""
    try:
        return get_place(path=path).path
    except NotFound as error:
        raise Invalid("kernel.no-such-place", field="place") from error


def home_of_organisation(organisation: UUID) -> str:
    """The path of the place where the organisation sits, whose administrators look after it; raises NotFound."""
    return get_organisation(organisation=organisation).place_path
