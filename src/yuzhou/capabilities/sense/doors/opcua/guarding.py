"""What the library raises, as faults that the desk knows."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any

from asyncua import ua
from asyncua.ua.uaerrors import UaStatusCodeError

from yuzhou.capabilities.sense.doors.connectors.faults import Fault, Refused, Unreachable

NETWORK = (OSError, TimeoutError, asyncio.IncompleteReadError, EOFError)

for _name in ("asyncua", "asyncua.client", "asyncua.common"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)  # what goes wrong is told by our own faults


async def guarded(asked: Awaitable[Any]) -> Any:
    """Wait for an answer; what goes wrong becomes a Fault."""
    try:
        return await asked
    except Fault:
        raise
    except UaStatusCodeError as error:
        name = ua.StatusCode(error.code).name
        kind = Unreachable if name in GONE else Refused
        raise kind(f"opcua.{name}") from error
    except NETWORK as error:
        code = "opcua.no-answer" if isinstance(error, TimeoutError) else "opcua.no-connection"
        raise Unreachable(code) from error
    except asyncio.CancelledError:
        raise
    except Exception as error:  # the library meets garbage with whatever its parsing stumbles over
        raise Unreachable("opcua.garbage", error=type(error).__name__) from error


GONE = {
    "BadTimeout", "BadRequestTimeout", "BadConnectionClosed", "BadSessionClosed", "BadSessionIdInvalid", "BadServerHalted",
    "BadSecureChannelClosed", "BadSecureChannelIdInvalid", "BadShutdown", "BadCommunicationError", "BadNotConnected",
    "BadTcpServerTooBusy", "BadTooManySessions", "BadSessionNotActivated", "BadServerNotConnected",
}  # fmt: skip


def node_id(text: str) -> ua.NodeId:
    """A node id from its text (`ns=2;s=Line1.Temp`); raises Refused `opcua.node-id`."""
    try:
        return ua.NodeId.from_string(text)
    except (ua.UaError, ValueError, TypeError) as error:
        raise Refused("opcua.node-id", node=text[:80]) from error
