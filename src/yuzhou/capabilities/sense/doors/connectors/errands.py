"""Errands of people at the desk: the connectors alone have the network, so the web asks them through the database."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from yuzhou.capabilities.sense import api
from yuzhou.capabilities.sense.contracts import ClaimedErrand, ErrandState, ErrandStep
from yuzhou.capabilities.sense.doors.connectors.faults import Fault
from yuzhou.capabilities.sense.doors.intake.errands import closing_broken
from yuzhou.kernel.errors import YuzhouError

log = logging.getLogger(__name__)
LOOK_EVERY = 0.3  # seconds
LONGEST = 40.0  # seconds for one errand
AT_ONCE = 8


class Steps:
    """What was found on the way, told to the page as it grows."""

    def __init__(self, errand: ClaimedErrand, run: Callable[..., Awaitable[Any]]) -> None:
        self._errand = errand
        self._run = run
        self.steps: list[ErrandStep] = []

    async def tell(self, code: str, *, good: bool = True, **params: Any) -> None:
        """One more finding."""
        self.steps.append(ErrandStep(code, {name: _plain(value) for name, value in params.items()}, good))
        await self.report(ErrandState.RUNNING)

    async def report(self, state: ErrandState, result: Mapping[str, Any] | None = None) -> None:
        """How far it is."""
        identifier = self._errand.errand.id
        await self._run(lambda: api.report_errand(errand_id=identifier, state=state, steps=self.steps, result=result))


Runner = Callable[[ClaimedErrand, Steps], Awaitable[Mapping[str, Any]]]


class ErrandDesk:
    """Looks for errands and runs them, a few at once. `runners`: what each protocol can be asked."""

    def __init__(self, runners: Mapping[str, Runner]) -> None:
        self._runners = runners
        self._task: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._look())

    async def close(self) -> None:
        """Stop; errands under way are given up."""
        tasks = [*self._running, *([self._task] if self._task else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @staticmethod
    async def _in_thread(call: Callable[[], Any]) -> Any:
        return await asyncio.to_thread(closing_broken, call, ())

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if len(self._running) >= AT_ONCE:
                continue
            try:
                claimed = await self._in_thread(lambda: api.claim_errands(protocols=list(self._runners), limit=AT_ONCE))
            except Exception as error:
                log.warning("errands: %s", error)
                await asyncio.sleep(2)
                continue
            for errand in claimed:
                task = asyncio.create_task(self._do(errand))
                self._running.add(task)
                task.add_done_callback(self._running.discard)

    async def _do(self, errand: ClaimedErrand) -> None:
        steps = Steps(errand, self._in_thread)
        state, result = ErrandState.FAILED, {}
        try:
            async with asyncio.timeout(LONGEST):
                result = dict(await self._runners[errand.protocol](errand, steps))
            state = ErrandState.DONE
        except YuzhouError as error:
            result = dict(error.params) if isinstance(error, Fault) else {}
            steps.steps.append(ErrandStep(error.code, {name: _plain(value) for name, value in error.params.items()}, False))
        except TimeoutError:
            steps.steps.append(ErrandStep("connectors.errand-too-long", {}, False))
        except Exception:
            log.exception("errand %s", errand.errand.id)
            steps.steps.append(ErrandStep("connectors.errand-broke", {}, False))
        try:
            await steps.report(state, {name: _json(value) for name, value in result.items()})
        except Exception as error:
            log.warning("an errand could not be reported: %s", error)


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float) else str(value)[:300]


def _json(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | list | dict) else str(value)[:2000]
