"""Database work of sockets: a few threads of their own, so that sockets never wait for requests or each other."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import close_old_connections, connection

Result = TypeVar("Result")
_pool = ThreadPoolExecutor(4, thread_name_prefix="sockets")


def _run(function: Callable[..., Result], args: tuple[Any, ...]) -> Result:
    close_old_connections()
    try:
        return function(*args)
    finally:
        connection.close()


async def in_thread(function: Callable[..., Result], *args: Any) -> Result:
    """Run a function that reads the database, without blocking the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_pool, _run, function, args)
