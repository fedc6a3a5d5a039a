"""Commands that write to a machine: what they write, written once, and confirmed by reading it back."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isclose, isfinite
from typing import Any, Generic, TypeVar

from yuzhou.capabilities.sense.contracts import Command, CommandField, CommandGroup, CommandType, Profile, PropertySpec
from yuzhou.capabilities.sense.doors.connectors.faults import Fault, Refused, Unreachable
from yuzhou.capabilities.sense.doors.intake import metrics
from yuzhou.kernel.errors import Invalid, YuzhouError
from yuzhou.kernel.text import Text

log = logging.getLogger(__name__)
SETTLING = 0.1  # seconds that a machine has before it is read back
RECOVERY = 1.0  # seconds until we ask what became of a write that nobody answered
WRITE = "write"

WRITE_COMMAND = CommandType(
    name=WRITE,
    title=Text("写入数值", "Write a value"),
    fields=(
        CommandField("property", Text("属性", "Property"), "text"),
        CommandField("value", Text("数值", "Value"), "number"),
    ),
    expires_after_seconds=120,
    group=CommandGroup.CONTROL,
)

TargetT = TypeVar("TargetT")


@dataclass(frozen=True, slots=True)
class Write(Generic[TargetT]):
    """One value for one place in the machine."""

    property: str
    target: TargetT
    value: float


def writes_of(
    command: Command,
    profile: Profile | None,
    targets: Mapping[str, TargetT],
    of_source: Callable[[str, Mapping[str, Any]], TargetT],
) -> list[Write[TargetT]]:
    """What a command writes. `targets`: the writable properties; `of_source` reads where a command of the profile writes.

    A command of a profile writes to its own `source` the value of its one field (or the `value` that the source names); one
    without a source writes each field to the writable property of the same name. Raises Invalid.
    """
    kind = profile.command(command.name) if profile else None
    if kind is None:
        pairs = [(str(command.params.get("property", "")), command.params.get("value"))] if command.name == WRITE else []
    elif kind.source:
        return [_of_command(command, kind, of_source)]
    else:
        pairs = [(field.name, command.params[field.name]) for field in kind.fields if field.name in command.params]
    if not pairs:
        raise Invalid("connectors.unknown-command", name=command.name)
    return [_of_property(name, value, profile, targets) for name, value in pairs]


def _of_command(command: Command, kind: CommandType, of_source: Callable[[str, Mapping[str, Any]], TargetT]) -> Write[TargetT]:
    source = dict(kind.source)
    fixed = source.pop("value", None)
    given = [command.params[field.name] for field in kind.fields if field.name in command.params]
    return Write(command.name, of_source(command.name, source), _number(command.name, given[0] if given else fixed))


def _of_property(name: str, value: Any, profile: Profile | None, targets: Mapping[str, TargetT]) -> Write[TargetT]:
    if name not in targets:
        raise Invalid("connectors.not-writable", property=name)
    number = _number(name, value)
    spec = profile.find(name) if profile else None
    if spec is not None and not _is_possible(spec, number):
        raise Invalid("connectors.out-of-bounds", property=name)
    return Write(name, targets[name], number)


def _is_possible(spec: PropertySpec, number: float) -> bool:
    return (spec.low is None or number >= spec.low) and (spec.high is None or number <= spec.high)


def _number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise Invalid("connectors.not-a-number", property=name) from error
    if not isfinite(number):
        raise Invalid("connectors.not-a-number", property=name)
    return number


class CommandWriter(Generic[TargetT]):
    """Carries out the commands of one machine, one after the other."""

    def __init__(
        self,
        door: Any,
        write: Callable[[Write[TargetT]], Awaitable[None]],
        read: Callable[[Write[TargetT]], Awaitable[float]],
    ) -> None:
        self._door = door
        self._write = write
        self._read = read

    async def refuse(self, command: Command, error: YuzhouError) -> None:
        """It cannot be done; nothing was sent."""
        await self._finish(command, False, error.code, {})

    async def carry_out(self, command: Command, writes: Sequence[Write[TargetT]]) -> None:
        """Write everything once, in order; a machine that refuses one gets none of those after it.

        A command that expired meanwhile, or was marked before, is not written at all.
        """
        if not await self._door.run(self._door.queue.sent, command, ""):
            return
        answer: dict[str, Any] = {}
        for write in writes:
            code = await self._one(write, answer)
            if code:
                await self._finish(command, False, code, answer)
                return
        await self._finish(command, True, "", answer)

    async def _one(self, write: Write[TargetT], answer: dict[str, Any]) -> str:
        """Write one value and read it back into the answer; returns why it is not confirmed."""
        silent: Fault | None = None
        try:
            await self._write(write)
        except Refused as fault:
            return fault.code
        except Unreachable as fault:
            silent = fault  # it may have come through: never written again, but asked
        except Invalid as error:
            return error.code
        await asyncio.sleep(RECOVERY if silent else SETTLING)
        try:
            found = await self._read(write)
        except Fault as fault:
            return silent.code if silent else ("connectors.unconfirmed" if isinstance(fault, Unreachable) else fault.code)
        answer[write.property] = found
        if isclose(found, write.value, rel_tol=1e-6, abs_tol=1e-9):
            return ""
        return silent.code if silent else "connectors.other-value"

    async def _finish(self, command: Command, done: bool, code: str, answer: Mapping[str, Any]) -> None:
        metrics.COMMANDS.labels(self._door.protocol, "done" if done else "failed").inc()
        for pause in (0.5, 2.0, 5.0, 10.0, 30.0, 0.0):
            try:
                await self._door.run(self._door.queue.finished, command, done, code, answer)
            except Exception as error:
                log.warning("the end of a command could not be recorded: %s", error)
                await asyncio.sleep(pause)
            else:
                return
