"""`yuzhou up`: starts the parts in order, keeps them running, and takes them down in reverse."""

import asyncio
import contextlib
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from yuzhou.project.processes.bus import EmbeddedBus
from yuzhou.project.processes.certificate import server_context
from yuzhou.project.processes.child import Child, die_with_parent
from yuzhou.project.processes.database import (
    Addresses,
    embedded_addresses,
    embedded_server,
    prepare_embedded,
    prepare_external,
)
from yuzhou.project.processes.lock import FolderLock
from yuzhou.project.processes.options import Options
from yuzhou.project.processes.parts import (
    child_environment,
    declared_services,
    service_child,
    streams_child,
    web_child,
    worker_child,
)
from yuzhou.project.processes.placeholder import Placeholder
from yuzhou.project.processes.ports import answers, free_port
from yuzhou.project.processes.probe import ask_health, is_web_up
from yuzhou.project.processes.progress import Progress
from yuzhou.project.processes.report import addresses_of, announcement, children_of, log_tail
from yuzhou.project.processes.reports import Reports
from yuzhou.project.processes.rotation import rotate_logs

START_SECONDS = 180
LOOK_SECONDS, STANDING_IN_SECONDS = 1.0, 0.2
TRIES_TO_REACH_THE_WEB = 8


class StartFailed(Exception):
    """A part did not come up; the message says which, and where its log is."""


class Supervisor:
    """Owns the children of one data folder."""

    def __init__(self, options: Options, lock: FolderLock) -> None:
        self.options = options
        self.folder = options.folder
        self.lock = lock
        self.progress = Progress()
        self.children: list[Child] = []
        self.stop_asked = asyncio.Event()
        self.is_ready = False
        self.reports = Reports(options, self.progress)
        self.placeholder = Placeholder(
            options.host, options.port, status=self.status, steps=self.progress.lines, tls=server_context(options)
        )
        self.since = datetime.now(UTC).isoformat(timespec="seconds")
        self.addresses = Addresses("", "")
        self.nats_url = options.nats_url
        self.postgres_port = 0
        self.bus_port = 0

    async def run(self) -> int:
        """Start everything, stay until asked to stop; returns the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop_asked.set)
        starting = asyncio.create_task(self._start_all())
        stopping = asyncio.create_task(self.stop_asked.wait())
        code = 0
        try:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await self._watch()
        except StartFailed as error:
            print(error, file=sys.stderr, flush=True)
            code = 1
        finally:
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            await self._stop_all()
        return code

    async def _start_all(self) -> None:
        await self.placeholder.open()
        self._save_state()
        await self._start_database()
        await self._start_bus()
        await self._prepare()
        await self._start_parts()
        self.is_ready = True
        self._save_state()
        self._announce()

    async def _start_database(self) -> None:
        options = self.options
        if options.database_url or options.database_owner_url:
            owner = options.database_owner_url or options.database_url
            self.addresses = Addresses(web=options.database_url or owner, owner=owner)
            try:
                await asyncio.to_thread(prepare_external, owner)
            except psycopg.Error as error:
                raise StartFailed(f"外部数据库不可用 · the external database cannot be used: {str(error).strip()}") from error
            self.progress.say("外部数据库已连接", "external database reached")
            return
        port = free_port(self.folder.state().get("postgres_port"))
        server = embedded_server(self.folder, port)
        if await asyncio.to_thread(server.initialise):
            self.progress.say("数据库已创建", "database cluster made")
        await self._add(
            Child(
                "postgres",
                server.command(),
                self._log("postgres"),
                stop_signal=signal.SIGINT,
                orphan_signal=signal.SIGINT,
                stop_seconds=30,
            )
        )
        try:
            await asyncio.to_thread(server.wait, START_SECONDS)
        except TimeoutError as error:
            raise StartFailed("\n".join([str(error), *log_tail(self._log("postgres"))])) from error
        await asyncio.to_thread(prepare_embedded, self.folder, port)
        self.addresses = embedded_addresses(self.folder, port)
        self.postgres_port = port
        self.progress.say("数据库已就绪", "database ready")

    async def _start_bus(self) -> None:
        if self.options.nats_url:
            self.progress.say("使用外部消息总线", "external message bus used")
            return
        port = free_port(self.folder.state().get("bus_port"))
        bus = EmbeddedBus(self.folder.bus, port, self.options.mqtt_port, self.folder.secret("bus"), self.options.host)
        await self._add(Child("bus", bus.command(), self._log("bus"), listens_on=(port,)))
        await self._until_listening(self.children[-1])
        self.nats_url, self.bus_port = bus.url(), port
        self.progress.say("消息总线已就绪", "message bus ready")

    async def _prepare(self) -> None:
        """Migrate, load reference data, collect static files, in one process of the owner."""
        parent = os.getpid()
        with self._log("prepare").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", "yuzhou", "prepare",
                stdout=asyncio.subprocess.PIPE, stderr=log, cwd="/", start_new_session=True,
                env={**os.environ, **child_environment(self.options, self.addresses, self.nats_url, "owner")},
                preexec_fn=lambda: die_with_parent(signal.SIGKILL, parent),
            )  # fmt: skip
        assert process.stdout is not None  # noqa: S101 - asked for above
        try:
            async for line in process.stdout:
                self.reports.take(line)
            failed = await process.wait()
        except asyncio.CancelledError:
            process.kill()
            raise
        if failed:
            tail = log_tail(self._log("prepare"), 12)
            raise StartFailed(
                "\n".join(["准备数据库失败 · preparing the database failed:", *tail, f"日志 · log: {self._log('prepare')}"])
            )

    async def _start_parts(self) -> None:
        options, addresses, nats_url = self.options, self.addresses, self.nats_url
        await self._add(worker_child(options, addresses, nats_url))
        services = [service_child(options, addresses, nats_url, s) for s in declared_services(options)]
        for child in services:
            await self._add(child)
        await self._add(streams_child(options, addresses, nats_url))
        await self._add(web_child(options, addresses, nats_url))
        await self._until_web()
        for child in (*services, self.child("streams")):
            await self._until_listening(child)
            self.progress.say(f"{child.name} 已就绪", f"{child.name} ready")
        await self._until_healthy()

    async def _until_healthy(self) -> None:
        deadline = self.progress.seconds + START_SECONDS
        while True:
            code, health = await asyncio.to_thread(ask_health, self.options.local_url)
            if code == 200:
                return
            if self.progress.seconds > deadline or any(child.restarts > 3 for child in self.children):
                raise StartFailed(self._not_ready(health))
            await asyncio.sleep(0.2)

    def _not_ready(self, health: dict[str, Any]) -> str:
        late = [name for name, part in health.get("parts", {}).items() if not part["ready"]]
        lines = [f"未就绪 · not ready: {', '.join(late)}; 日志 · logs: {self.folder.logs}"]
        for child in self.children:
            if child.name in late or child.restarts > 0:
                lines += [f"── {child.name}", *log_tail(child.log)]
        return "\n".join(lines)

    async def _until_web(self) -> None:
        deadline = self.progress.seconds + START_SECONDS
        while not await asyncio.to_thread(is_web_up, self.options.local_url):
            if self.progress.seconds > deadline:
                raise StartFailed(f"网站未能启动 · the web did not start; 日志 · log: {self._log('web')}")
            await asyncio.sleep(0.1)
        await self.placeholder.close()
        self.progress.say("网站已就绪", "web ready")

    async def _until_listening(self, child: Child) -> None:
        deadline = self.progress.seconds + START_SECONDS
        host = "127.0.0.1" if child.name == "bus" else self.options.host
        while not all([await asyncio.to_thread(answers, port, host) for port in child.listens_on]):
            if self.progress.seconds > deadline or child.restarts > 3:
                raise StartFailed(f"{child.name} 未能启动 · {child.name} did not start; 日志 · log: {child.log}")
            await asyncio.sleep(0.05)

    async def _watch(self) -> None:
        """Until asked to stop: stand in for the web while it is down, rotate logs."""
        while not self.stop_asked.is_set():
            await self._stand_in_or_leave()
            rotate_logs(self.folder.logs)
            if self.options.stop_with and not Path(f"/proc/{self.options.stop_with}").exists():
                self.stop_asked.set()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stop_asked.wait(), STANDING_IN_SECONDS if self.placeholder.is_open else LOOK_SECONDS)

    async def _stand_in_or_leave(self) -> None:
        """While the web is down, answer in its place; leave as soon as it is back. Both share the port, so ask several times."""
        if self.child("web").pid is None:
            if not self.placeholder.is_open:
                await self.placeholder.open()
                self._save_state()
            return
        if not self.placeholder.is_open:
            return
        for _ in range(TRIES_TO_REACH_THE_WEB):
            if await asyncio.to_thread(is_web_up, self.options.local_url):
                await self.placeholder.close()
                self._save_state()
                return

    async def _stop_all(self) -> None:
        self.progress.say("正在停止", "stopping")
        self.is_ready = False
        servers = [child for child in self.children if child.name in ("postgres", "bus")]
        await asyncio.gather(*(child.stop() for child in self.children if child not in servers))
        for child in reversed(servers):
            await child.stop()
        await self.placeholder.close()
        self._save_state(stopped=True)
        self.progress.say("已停止", "stopped")

    async def _add(self, child: Child) -> None:
        child.on_change = self._child_changed
        self.children.append(child)
        child.start()
        await asyncio.sleep(0)

    async def _child_changed(self, child: Child) -> None:
        if child.pid is None and not self.stop_asked.is_set():
            code = child.process.returncode if child.process else None
            self.progress.say(
                f"{child.name} 意外结束（{code}），将重启", f"{child.name} ended ({code}), restarting; log: {child.log}"
            )
        self._save_state()

    def child(self, name: str) -> Child:
        """The child of that name."""
        return next(child for child in self.children if child.name == name)

    def status(self) -> dict[str, Any]:
        """What the starting page's JSON says."""
        parts = {c.name: {"ready": c.pid is not None, "restarts": max(0, c.restarts)} for c in self.children}
        return {"status": "starting", "ready": False, "seconds": round(self.progress.seconds, 1), "parts": parts}

    def _log(self, name: str) -> Any:
        return self.folder.logs / f"{name}.log"

    def _save_state(self, *, stopped: bool = False) -> None:
        about = {
            "pid": None if stopped else os.getpid(),
            "since": self.since,
            "ready": self.is_ready,
            "standing_in": self.placeholder.is_open,  # the starting page answers, alone or beside the web
            "postgres_port": self.postgres_port,
            "bus_port": self.bus_port,
        }
        self.folder.write_state(about | addresses_of(self.options) | children_of(self.children))

    def _announce(self) -> None:
        self.progress.say("全部就绪", "all ready")
        print("\n".join(announcement(self.options)), flush=True)
