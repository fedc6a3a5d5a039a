"""Those who knock without being registered, or with a wrong password: a small city has them too."""

import asyncio
import time

from yuzhou.domains.environment.demo import wire
from yuzhou.domains.environment.demo.cast import OUTLETS
from yuzhou.domains.environment.demo.speech import digits

EVERY_SECONDS = 120


async def knock(host: str, port: int) -> None:
    """Every two minutes: data of an MN that nobody registered, and of a known one under a wrong password; until cancelled."""
    known = OUTLETS[0]
    while True:
        try:
            _, writer = await asyncio.open_connection(host, port)
            now = time.time()
            content = f"DataTime={digits(now)};w01018-Rtd=33.0,w01018-Flag=N"
            for mn, password in (("DE5001120000000000009999", "123456"), (known.mn, "000000")):
                qn = digits(now, milliseconds=True)
                head = f"QN={qn};ST={known.system_type};CN=2011;PW={password};MN={mn};Flag=5"
                writer.write(wire.frame(f"{head};CP=&&{content}&&"))
            await writer.drain()
            await asyncio.sleep(2)
            writer.close()
        except OSError:
            pass
        await asyncio.sleep(EVERY_SECONDS)
