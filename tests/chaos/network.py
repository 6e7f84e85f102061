"""A network that can be broken: processes of a town reach PostgreSQL and Redis through proxies for a while."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.chaos.proxy import Proxy
from tests.chaos.town import Process, Town
from tests.services import free_port


@dataclass
class Network:
    """The two ways that can be broken."""

    pg: Proxy
    redis: Proxy

    def mend(self) -> None:
        """All is well again."""
        self.pg.mend()
        self.redis.mend()


@contextmanager
def network(town: Town, nodes: Sequence[Process]) -> Iterator[Network]:
    """These processes are started anew behind the proxies, and anew without them at the end."""
    made = Network(_proxy(town.pg.port), _proxy(town.redis.port))
    plain = [dict(node.env) for node in nodes]
    for node in nodes:
        for name, proxy in (("DATABASE_URL", made.pg), ("REDIS_URL", made.redis)):
            node.env = {**node.env, name: node.env[name].replace(f":{proxy.target}/", f":{proxy.port}/")}
    try:
        _anew(town, nodes)
        yield made
    finally:
        made.mend()
        for node, env in zip(nodes, plain, strict=True):
            node.env = env
        _anew(town, nodes)


def _anew(town: Town, nodes: Sequence[Process]) -> None:
    for node in nodes:
        node.kill()
    town.revive()


def _proxy(target: int) -> Proxy:
    made = Proxy(free_port(), target)
    made.start()
    made.serving.wait(10)
    return made
