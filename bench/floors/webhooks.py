"""Webhooks at their least: an aiohttp loop that signs and posts from memory, sixty-four at a time.

python -m bench.floors.webhooks COUNT URL...     prints the processor seconds that it took
"""

import asyncio
import base64
import hashlib
import hmac
import json
import resource
import sys
import time
import uuid

import aiohttp

AT_ONCE = 64
SECRET = b"0123456789abcdef0123456789abcdef"
ACTIVITY = {"eventId": 1, "message": {"type": "text", "text": "Hello there, how can I help you?" * 6}}


def signed(number: int) -> tuple[bytes, dict[str, str]]:
    """A body and its headers, as Standard Webhooks has them."""
    name, now = str(uuid.uuid4()), str(int(time.time()))
    body = json.dumps({**ACTIVITY, "eventId": number}).encode()
    mark = base64.b64encode(hmac.digest(SECRET, f"{name}.{now}.".encode() + body, hashlib.sha256)).decode()
    headers = {"webhook-id": name, "webhook-timestamp": now, "webhook-signature": f"v1,{mark}"}
    return body, {**headers, "Content-Type": "application/json"}


async def send_all(count: int, urls: list[str]) -> None:
    """Each worker takes the next number until there are no more."""
    numbers = iter(range(count))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def work() -> None:
            for number in numbers:
                body, headers = signed(number)
                async with session.post(urls[number % len(urls)], data=body, headers=headers) as answer:
                    await answer.read()
                    assert answer.status == 200

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))


if __name__ == "__main__":
    before = resource.getrusage(resource.RUSAGE_SELF)
    asyncio.run(send_all(int(sys.argv[1]), sys.argv[2:]))
    after = resource.getrusage(resource.RUSAGE_SELF)
    print(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
