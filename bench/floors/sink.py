"""A receiver of webhooks, the same for floor and product: answers at once, or after ten seconds below /hang.

python -m bench.floors.sink PORT      GET /arrivals tells the moments, GET /numbers those of numbered texts (`#7#`)
"""

import asyncio
import re
import sys
import time
from typing import Any

from aiohttp import web

HANG = 10.0
good: list[float] = []
numbers: dict[int, float] = {}
_NUMBER = re.compile(rb"#(\d+)#")


async def take(request: web.Request) -> web.Response:
    """Count a webhook and answer it; under `/hang` the answer takes `HANG` seconds, and it is not counted."""
    body = await request.read()
    if request.path.startswith("/numbered") and (found := _NUMBER.search(body)):
        numbers.setdefault(int(found[1]), time.time())
    if request.path.startswith("/hang"):
        await asyncio.sleep(HANG)
    else:
        good.append(time.time())
    return web.Response()


async def tell(_: web.Request) -> web.Response:
    """The moments at which webhooks were counted, in seconds since the epoch."""
    return web.json_response(good)


async def tell_numbers(_: web.Request) -> web.Response:
    """Moments by number."""
    return web.json_response(numbers)


async def count(_: web.Request) -> web.Response:
    """Number of good ones that have arrived."""
    return web.json_response(len(good))


async def forget(_: web.Request) -> web.Response:
    """Forget all that was counted."""
    good.clear()
    numbers.clear()
    return web.json_response({})


def application() -> Any:
    """Routes of the receiver."""
    made = web.Application()
    made.add_routes([web.get("/arrivals", tell), web.get("/count", count), web.delete("/arrivals", forget)])
    made.add_routes([web.get("/numbers", tell_numbers), web.post("/{path:.*}", take)])
    return made


if __name__ == "__main__":
    web.run_app(application(), host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
