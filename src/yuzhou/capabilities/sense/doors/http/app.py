"""The addresses of the door, as an ASGI application."""

import logging
import re
from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from yuzhou.capabilities.sense.doors.http import conversing, taking
from yuzhou.capabilities.sense.doors.http.core import HttpCore
from yuzhou.capabilities.sense.doors.http.description import describe
from yuzhou.capabilities.sense.doors.http.problems import MEDIA_TYPE, Problem
from yuzhou.capabilities.sense.doors.http.requests import Answer, Receive, Request, Scope, Send
from yuzhou.kernel.errors import YuzhouError

log = logging.getLogger(__name__)
Handler = Callable[..., Awaitable[Answer]]


async def _description(core: HttpCore, request: Request) -> Answer:
    return Answer.json(describe())


async def _health(core: HttpCore, request: Request) -> Answer:
    return Answer.json({"status": "full" if core.batcher.is_full else "ok"}, 503 if core.batcher.is_full else 200)


ADDRESSES: tuple[tuple[re.Pattern[str], dict[str, Handler]], ...] = (
    (re.compile(r"/v1/devices/([^/]+)/readings"), {"POST": taking.take_of_device}),
    (re.compile(r"/v1/readings"), {"POST": taking.take_of_many}),
    (re.compile(r"/v1/devices/([^/]+)/commands"), {"GET": conversing.give_commands}),
    (re.compile(r"/v1/devices/([^/]+)/commands/([^/]+)/answer"), {"POST": conversing.take_answer}),
    (re.compile(r"/v1/provision"), {"POST": conversing.provision}),
    (re.compile(r"/v1/openapi\.json"), {"GET": _description}),
    (re.compile(r"/healthz"), {"GET": _health}),
)


class Application:
    """Answers requests; a refusal is a problem document, a fault of ours is logged and told as such."""

    def __init__(self, core: HttpCore) -> None:
        self.core = core

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive, self.core.settings)
        try:
            answer = await self._answer(request, _raw_path(scope))
        except ConnectionResetError:
            return
        except Problem as problem:
            answer = _refusal(request, problem)
        except YuzhouError as error:
            answer = _refusal(request, Problem.of(error))
        except Exception:
            log.exception("http: %s %s failed", request.method, request.path)
            answer = _refusal(request, Problem(500, "http.fault"))
        await _send(send, answer, request.method)

    async def _answer(self, request: Request, path: str) -> Answer:
        for pattern, handlers in ADDRESSES:
            match = pattern.fullmatch(path)
            if match is None:
                continue
            handler = handlers.get("GET" if request.method == "HEAD" else request.method)
            if handler is None:
                allowed = ", ".join(handlers)
                raise Problem(405, "http.method", params={"method": request.method}, headers={"Allow": allowed})
            return await handler(self.core, request, *(unquote(part) for part in match.groups()))
        raise Problem(404, "http.nothing-here")


def _raw_path(scope: Scope) -> str:
    """The path as it was sent: an identity may hold an escaped slash."""
    raw = scope.get("raw_path") or b""
    path: str = raw.decode("latin-1").split("?", 1)[0] if raw else scope["path"]
    return path


def _refusal(request: Request, problem: Problem) -> Answer:
    return Answer(problem.status, problem.document(request.path, request.language), MEDIA_TYPE, problem.headers)


async def _send(send: Send, answer: Answer, method: str) -> None:
    headers = {"content-length": str(len(answer.body)), "x-content-type-options": "nosniff", **answer.headers}
    if answer.body:
        headers["content-type"] = answer.media_type
    if answer.status == 204:
        del headers["content-length"]
    pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})
