"""From a customer's POST to the agent's socket: what the goals `latency`, `throughput` and `embedded` measure."""

import asyncio
import time
from dataclasses import dataclass

from bench.harness import Sample, percentile
from bench.load import closed, paced
from bench.processes import metered
from bench.sockets import Ear

PATIENCE = 60.0  # seconds for the last message to arrive


@dataclass
class Way:
    """One side: where to send, what, where to listen, and whose time counts."""

    base: str
    requests: list[bytes]
    socket: str
    token: str
    parts: dict[str, list[int]]

    def steady(self, rate: float, seconds: float) -> Sample:
        """Milliseconds from the moment at which each message was due until it arrives."""
        return asyncio.run(self._steady(rate, int(rate * seconds)))

    async def _steady(self, rate: float, count: int) -> Sample:
        sent: dict[int, float] = {}
        async with Ear(self.socket, self.token) as ear:
            with metered(self.parts) as used:
                note = lambda number: sent.setdefault(number, time.perf_counter())  # noqa: E731
                load = await paced(self.base, self.requests[:count], rate, 16, note)
                await ear.wait(count, PATIENCE)
        taken = [(ear.heard[number] - moment) * 1000 for number, moment in sent.items()]
        return {
            "p50 ms": percentile(taken, 50),
            "p99 ms": percentile(taken, 99),
            "p50 ms until accepted": percentile(load.latencies, 50) * 1000,
            "CPU ms": used.total / count * 1000,
        }

    def most(self, count: int, connections: int = 16) -> Sample:
        """Messages a second from the first request until the last arrival, as fast as they are accepted."""
        return asyncio.run(self._most(count, connections))

    async def _most(self, count: int, connections: int) -> Sample:
        async with Ear(self.socket, self.token) as ear:
            with metered(self.parts) as used:
                began = time.perf_counter()
                await closed(self.base, self.requests[:count], connections)
                await ear.wait(count, PATIENCE)
                seconds = max(ear.heard.values()) - began
        each = {f"{name} CPU ms": spent / count * 1000 for name, spent in used.parts.items()}
        return {"messages/s": count / seconds, "CPU ms": used.total / count * 1000, **each}
