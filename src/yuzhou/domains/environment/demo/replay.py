"""Recorded frames, sent to the port byte for byte as they are; nothing is registered for them.

A device is known by its registered MN and password only, so recordings of unknown loggers end in the quarantine, where an
officer reads them; whoever registers an outlet under such an MN and password gets its data when the recordings are replayed.
"""

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path

log = logging.getLogger(__name__)
PAUSE_SECONDS = 0.05
ANSWER_SECONDS = 2.0


def recorded_frames(folder: Path) -> Iterator[bytes]:
    """The frames of every file below the folder that holds any: lines of JSON with a `frame`, or text with frames in it.

    A frame that was recorded without its CR LF gets it, as no frame ends otherwise.
    """
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".jsonl":
            yield from _from_json_lines(path)
        elif path.suffix in (".txt", ".log", ".bin"):
            content = path.read_bytes()
            if content.startswith(b"##"):
                yield content


def _from_json_lines(path: Path) -> Iterator[bytes]:
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        text = row.get("frame") if isinstance(row, dict) else None
        if isinstance(text, str) and text.startswith("##"):
            frame = text.encode("latin-1", "replace")
            yield frame if frame.endswith(b"\r\n") else frame + b"\r\n"


async def replay(folder: Path, host: str, port: int) -> int:
    """Send every recorded frame once, in order, on one connection; returns how many."""
    count = 0
    reader, writer = await asyncio.open_connection(host, port)
    for frame in recorded_frames(folder):
        writer.write(frame)
        await writer.drain()
        count += 1
        await asyncio.sleep(PAUSE_SECONDS)
    try:
        answers = await asyncio.wait_for(reader.read(65536), ANSWER_SECONDS)
    except TimeoutError:
        answers = b""
    writer.close()
    log.info("replayed %s recorded frames, %s bytes of answers came last", count, len(answers))
    return count
