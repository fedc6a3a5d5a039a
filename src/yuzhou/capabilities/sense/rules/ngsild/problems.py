"""What the standard answers when something is wrong (ETSI GS CIM 009, clauses 5.5.2 and 6.3.2)."""

from enum import Enum
from typing import Any

from yuzhou.kernel.errors import YuzhouError

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


class ProblemKind(Enum):
    """An error type of the standard, with its title and its status over HTTP."""

    INVALID_REQUEST = ("InvalidRequest", "Invalid request", 400)
    BAD_REQUEST_DATA = ("BadRequestData", "Bad request data", 400)
    ALREADY_EXISTS = ("AlreadyExists", "Already exists", 409)
    OPERATION_NOT_SUPPORTED = ("OperationNotSupported", "Operation not supported", 422)
    RESOURCE_NOT_FOUND = ("ResourceNotFound", "Resource not found", 404)
    INTERNAL_ERROR = ("InternalError", "Internal error", 500)
    TOO_COMPLEX_QUERY = ("TooComplexQuery", "Too complex query", 403)
    TOO_MANY_RESULTS = ("TooManyResults", "Too many results", 403)
    LD_CONTEXT_NOT_AVAILABLE = ("LdContextNotAvailable", "JSON-LD context not available", 503)
    NO_MULTI_TENANT_SUPPORT = ("NoMultiTenantSupport", "No multi-tenant support", 501)
    NONEXISTENT_TENANT = ("NonexistentTenant", "Nonexistent tenant", 404)

    def __init__(self, name: str, title: str, status: int) -> None:
        self.uri = ERRORS + name
        self.title = title
        self.status = status


class Problem(YuzhouError):
    """A refusal by the standard: its type, and our own reason with parameters."""

    def __init__(self, kind: ProblemKind, code: str, /, **params: Any) -> None:
        super().__init__(f"sense.ngsild-{code}", **params)
        self.kind = kind
        self.status = kind.status

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Problem) and (self.kind, self.code, self.params) == (other.kind, other.code, other.params)

    __hash__ = YuzhouError.__hash__


def bad_data(code: str, /, **params: Any) -> Problem:
    """The body or a parameter breaks a rule of the standard."""
    return Problem(ProblemKind.BAD_REQUEST_DATA, code, **params)


def bad_request(code: str, /, **params: Any) -> Problem:
    """The request itself is not well formed."""
    return Problem(ProblemKind.INVALID_REQUEST, code, **params)


def not_found(code: str, /, **params: Any) -> Problem:
    """Nothing of that name."""
    return Problem(ProblemKind.RESOURCE_NOT_FOUND, code, **params)


def not_supported(code: str, /, **params: Any) -> Problem:
    """The operation exists, but not for this."""
    return Problem(ProblemKind.OPERATION_NOT_SUPPORTED, code, **params)


def too_complex(code: str, /, **params: Any) -> Problem:
    """The query is more than is evaluated."""
    return Problem(ProblemKind.TOO_COMPLEX_QUERY, code, **params)
