"""What a server tells of itself: its endpoints, and the nodes of its tree."""

from dataclasses import dataclass

from asyncua import ua
from asyncua.crypto.security_policies import SecurityPolicyNone

from yuzhou.capabilities.sense.doors.opcua.certificate import thumbprint


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint that a server offers."""

    security: str
    certificate: str
    anonymous: bool
    password: bool


@dataclass(frozen=True, slots=True)
class Child:
    """A node below another: `kind` is `object`, `variable` or `method`; a variable bears its type, value and access."""

    node: str
    name: str
    kind: str
    type: str = ""
    value: str = ""
    unit: str = ""
    writable: bool = False
    numeric: bool = False
    history: bool = False


def first_certificate(der: bytes) -> bytes:
    """The certificate itself, where a server sends its chain behind it."""
    return der[: int.from_bytes(der[2:4], "big") + 4]


def endpoint_of(one: ua.EndpointDescription) -> Endpoint:
    """An endpoint as the library describes it."""
    policy = str(one.SecurityPolicyUri or "").partition("#")[2] or "None"
    mode = ua.MessageSecurityMode(one.SecurityMode).name.rstrip("_")
    kinds = {token.TokenType for token in one.UserIdentityTokens or ()}
    return Endpoint(
        security="None" if policy == SecurityPolicyNone.URI.partition("#")[2] else f"{policy}-{mode}",
        certificate=thumbprint(first_certificate(one.ServerCertificate)) if one.ServerCertificate else "",
        anonymous=ua.UserTokenType.Anonymous in kinds,
        password=ua.UserTokenType.UserName in kinds,
    )


def child_of(one: ua.ReferenceDescription, value: ua.DataValue | None, access: ua.DataValue | None) -> Child:
    """A node from its description; of a variable also its value and what we may do with it."""
    variant = value.Value if value is not None else None
    level = level_of(access)
    kind = variant.VariantType.name if variant is not None and hasattr(variant.VariantType, "name") else ""
    held = variant.Value if variant is not None else None
    sample = held[0] if isinstance(held, list) and held else held
    return Child(
        node=one.NodeId.to_string(),
        name=one.DisplayName.Text or one.BrowseName.Name or "",
        kind={ua.NodeClass.Variable: "variable", ua.NodeClass.Method: "method"}.get(one.NodeClass, "object"),
        type=f"{kind}[]" if isinstance(held, list) else kind,
        value="" if held is None else str(held)[:80],
        writable=bool(level & 2),
        numeric=isinstance(sample, bool | int | float),
        history=bool(level & 4),
    )


def level_of(value: ua.DataValue | None) -> int:
    """An access level (OPC 10000-3, 8.57); 0 where none is told."""
    held = value.Value.Value if value is not None and value.Value is not None else None
    return int(held) if isinstance(held, int) else 0
