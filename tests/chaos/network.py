"""A network that can be broken: processes of a cluster reach PostgreSQL and Redis through proxies for a while."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.chaos.cluster import Cluster, Process
from tests.chaos.proxy import Proxy
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
def network(cluster: Cluster, nodes: Sequence[Process]) -> Iterator[Network]:
    """These processes are started anew behind the proxies, and anew without them at the end."""
    made = Network(_proxy(cluster.pg.port), _proxy(cluster.redis.port))
    plain = [dict(node.env) for node in nodes]
    for node in nodes:
        for name, proxy in (("DATABASE_URL", made.pg), ("REDIS_URL", made.redis)):
            node.env = {**node.env, name: node.env[name].replace(f":{proxy.target}/", f":{proxy.port}/")}
    try:
        _anew(cluster, nodes)
        yield made
    finally:
        made.mend()
        for node, env in zip(nodes, plain, strict=True):
            node.env = env
        _anew(cluster, nodes)


def _anew(cluster: Cluster, nodes: Sequence[Process]) -> None:
    for node in nodes:
        node.kill()
    cluster.revive()


def _proxy(target: int) -> Proxy:
    made = Proxy(free_port(), target)
    made.start()
    made.serving.wait(10)
    return made
