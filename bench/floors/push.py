"""Sockets at their least: a plain ASGI application with one Redis subscription, which shares each text with all."""

import asyncio
import os
from typing import Any

from redis.asyncio import Redis

CHANNEL = "floor"
_listeners: set[Any] = set()
_tasks: list[asyncio.Task[None]] = []


async def _pump() -> None:
    link = Redis.from_url(os.environ["FLOOR_REDIS"])
    async with link.pubsub() as subscription:
        await subscription.subscribe(CHANNEL)
        async for heard in subscription.listen():
            if heard["type"] == "message":
                frame = {"type": "websocket.send", "text": heard["data"].decode()}
                for send in list(_listeners):
                    await send(frame)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """A socket listens until it leaves."""
    if scope["type"] == "lifespan":
        await receive()
        _tasks.append(asyncio.create_task(_pump()))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    _listeners.add(send)
    try:
        while (await receive())["type"] != "websocket.disconnect":
            pass
    finally:
        _listeners.discard(send)
