"""Goal: one message to a thousand sockets costs little more than writing a thousand frames."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from redis import Redis

from bench.floors.run import Floor, floor
from bench.harness import Goal, Sample, Sides, Target
from bench.processes import metered, settled
from bench.product import TEXT, Product, product
from bench.sockets import Crowd
from bench.ways import socket_url

SOCKETS = 1_000
MESSAGES = {"product": 5, "floor": 30}
PATIENCE = 30.0


def spread_out(crowd: Crowd, say: Callable[[], object], messages: int, parts: dict[str, list[int]]) -> Sample:
    """Deliveries a second from the first to the last arrival of each message, and microseconds of each."""
    seconds, arrived = 0.0, 0
    with metered(parts) as used:
        for _ in range(messages):
            speaker = threading.Thread(target=say)
            speaker.start()
            moments = crowd.collect(len(crowd), PATIENCE)
            speaker.join()
            assert len(moments) == len(crowd), f"{len(moments)} of {len(crowd)} sockets got the message"
            arrived, seconds = arrived + len(moments), seconds + moments[-1] - moments[0]
    each = 1_000_000 / arrived
    server = used.parts["push" if "push" in used.parts else "web"]
    return {
        "deliveries/s": arrived / max(seconds, 1e-6),
        "server CPU us": server * each,
        "all CPU us": used.total * each,
    }


def _ours(made: Product, sockets: int, messages: int) -> Sample:
    shop = made.account.shop()
    conversation = shop.conversation()
    crowd = Crowd(socket_url(made.sockets, iId=shop.agent), made.account.token)
    try:
        crowd.grow(sockets)
        settled(made.parts)
        return spread_out(crowd, lambda: shop.say(conversation, TEXT), messages, made.parts)
    finally:
        crowd.close()


def _floor(bare: Floor, url: str, sockets: int, messages: int) -> Sample:
    crowd, link = Crowd(f"ws://127.0.0.1:{bare.push}/", ""), Redis.from_url(url)
    text = json.dumps({"conversation": "1", "message": {"type": "text", "text": TEXT * 3}})
    try:
        crowd.grow(sockets)
        return spread_out(crowd, lambda: link.publish("floor", text), messages, bare.parts)
    finally:
        crowd.close()


@contextmanager
def _open(scale: float) -> Iterator[Sides]:
    sockets = int(SOCKETS * scale)
    with product() as made, floor(made, push=True) as bare:
        yield {
            "product": partial(_ours, made, sockets, MESSAGES["product"]),
            "floor": partial(_floor, bare, made.redis.url, sockets, MESSAGES["floor"]),
        }


GOAL = Goal(
    name="fanout",
    measures="one message to 1,000 sockets of one web process, one message after another, counted from its first to "
    "its last arrival",
    floor="an ASGI application with one Redis subscription that writes each text to every socket, on uvicorn",
    targets=(
        Target("server CPU us", most=60),
        Target("deliveries/s", over="floor", least=0.3),
        Target("server CPU us", over="floor"),
        Target("all CPU us"),
    ),
    rounds=3,
    open=_open,
)
