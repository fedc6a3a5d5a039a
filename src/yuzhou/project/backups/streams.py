"""Snapshots of the bus's streams with their consumers, by JetStream's own protocol (NATS ADR-9)."""

import asyncio
import json
from pathlib import Path
from typing import Any

import nats
from nats.aio.client import Client

SECONDS = 30.0
CHUNK = 128 * 1024


class BusRefused(Exception):
    """The bus did not do what it was asked."""


def save_streams(url: str, folder: Path) -> list[str]:
    """Write each stream to `<number>.json` and `<number>.snapshot`; returns their names."""
    return asyncio.run(_save(url, folder))


def load_streams(url: str, folder: Path) -> list[str]:
    """Bring back each stream that `save_streams` wrote; returns their names."""
    return asyncio.run(_load(url, folder))


async def _save(url: str, folder: Path) -> list[str]:
    client = await nats.connect(url)
    try:
        names = await _stream_names(client)
        for number, name in enumerate(names):
            await _save_one(client, name, folder / str(number))
        return names
    finally:
        await client.close()


async def _stream_names(client: Client) -> list[str]:
    names: list[str] = []
    while True:
        answer = await _ask(client, "$JS.API.STREAM.NAMES", {"offset": len(names)})
        page = answer.get("streams") or []
        names += page
        if not page or len(names) >= answer.get("total", 0):
            return names


async def _save_one(client: Client, name: str, target: Path) -> None:
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox)
    answer = await _ask(client, f"$JS.API.STREAM.SNAPSHOT.{name}", {"deliver_subject": inbox, "chunk_size": CHUNK})
    about = {"name": name, "config": answer["config"], "state": answer["state"]}
    target.with_suffix(".json").write_text(json.dumps(about))
    with target.with_suffix(".snapshot").open("wb") as file:
        while True:
            message = await subscription.next_msg(timeout=SECONDS)
            if not message.data:
                break
            file.write(message.data)
            if message.reply:
                await client.publish(message.reply, b"")
    await subscription.unsubscribe()


async def _load(url: str, folder: Path) -> list[str]:
    client = await nats.connect(url)
    try:
        return [await _load_one(client, about) for about in sorted(folder.glob("*.json"), key=lambda path: int(path.stem))]
    finally:
        await client.close()


async def _load_one(client: Client, path: Path) -> str:
    about = json.loads(path.read_text())
    answer = await _ask(client, f"$JS.API.STREAM.RESTORE.{about['name']}", {"config": about["config"], "state": about["state"]})
    subject = answer["deliver_subject"]
    with path.with_suffix(".snapshot").open("rb") as file:
        while chunk := file.read(CHUNK):
            await client.request(subject, chunk, timeout=SECONDS)
    _checked(json.loads((await client.request(subject, b"", timeout=SECONDS)).data))
    return str(about["name"])


async def _ask(client: Client, subject: str, question: dict[str, Any]) -> dict[str, Any]:
    return _checked(json.loads((await client.request(subject, json.dumps(question).encode(), timeout=SECONDS)).data))


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    if "error" in answer:
        raise BusRefused(answer["error"].get("description", "unknown"))
    return answer
