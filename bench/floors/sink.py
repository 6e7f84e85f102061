"""A receiver of webhooks, the same for floor and product: answers at once, or after ten seconds below /hang.

python -m bench.floors.sink PORT      GET /arrivals tells the moments, DELETE /arrivals forgets them
"""

import asyncio
import sys
import time
from typing import Any

from aiohttp import web

HANG = 10.0
good: list[float] = []


async def take(request: web.Request) -> web.Response:
    """One webhook."""
    await request.read()
    if request.path.startswith("/hang"):
        await asyncio.sleep(HANG)
    else:
        good.append(time.time())
    return web.Response()


async def tell(_: web.Request) -> web.Response:
    """When the good ones arrived."""
    return web.json_response(good)


async def count(_: web.Request) -> web.Response:
    """How many good ones have arrived."""
    return web.json_response(len(good))


async def forget(_: web.Request) -> web.Response:
    """Begin anew."""
    good.clear()
    return web.json_response({})


def application() -> Any:
    """What answers."""
    made = web.Application()
    made.add_routes([web.get("/arrivals", tell), web.get("/count", count), web.delete("/arrivals", forget)])
    made.add_routes([web.post("/{path:.*}", take)])
    return made


if __name__ == "__main__":
    web.run_app(application(), host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
