"""Both sides of the way from a customer's POST to the agent's socket: the product, and the floor beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from bench.floors.run import floor
from bench.hop import Way
from bench.product import Product, product

CONVERSATIONS = 32
FLOOR = (
    "gunicorn with 8 threads and a plain Django view, a Celery worker with one process, an ASGI application with one "
    "Redis subscription on uvicorn"
)


def socket_url(base: str, **query: str) -> str:
    """The product's plain socket."""
    return f"{base.replace('http', 'ws', 1)}/api/v1/events?{urlencode(query)}"


def our_way(made: Product, count: int) -> Way:
    """A hub with an agent who listens to all of its conversations."""
    shop = made.account.shop()
    requests = made.messages([shop.conversation() for _ in range(CONVERSATIONS)], count)
    token = made.account.token
    return Way(made.web.base, requests, socket_url(made.sockets, iId=shop.agent), token, made.parts)


@contextmanager
def both_ways(count: int) -> Iterator[dict[str, Way]]:
    """Product and floor, ready, with so many messages to send."""
    with product() as made, floor(made, hop=True, push=True) as bare:
        there = f"ws://127.0.0.1:{bare.push}/"
        floor_way = Way(bare.base, bare.messages("hop", count), there, bare.token, bare.parts)
        yield {"product": our_way(made, count), "floor": floor_way}
