"""A TCP proxy in front of PostgreSQL that cuts a connection in the middle of a COMMIT."""

import asyncio
import random
import threading
from contextlib import suppress

COMMIT = b"COMMIT"


class Proxy(threading.Thread):
    """`armed` is the number of COMMITs still to be hit: before the server has it, or before its answer is passed on."""

    def __init__(self, port: int, target: int) -> None:
        super().__init__(daemon=True)
        self.port, self.target, self.armed = port, target, 0
        self.before = self.after = 0  # cuts made
        self.loop = asyncio.new_event_loop()
        self.serving = threading.Event()

    def run(self) -> None:
        """Serve until the harness ends."""
        self.loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        async with await asyncio.start_server(self._link, "127.0.0.1", self.port) as server:
            self.serving.set()
            await server.serve_forever()

    async def _link(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        try:
            answers, server = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            back.close()
            return
        cut = asyncio.Event()
        tasks = [
            asyncio.create_task(self._forth(client, server, back, cut)),
            asyncio.create_task(self._back(answers, back, cut)),
        ]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        for writer in (server, back):
            with suppress(Exception):
                writer.close()

    async def _forth(
        self, client: asyncio.StreamReader, server: asyncio.StreamWriter, back: asyncio.StreamWriter, cut: asyncio.Event
    ) -> None:
        while data := await client.read(65_536):
            if COMMIT in data and self.armed > 0:
                self.armed -= 1
                if random.random() < 0.5:
                    self.before += 1
                    back.transport.abort()
                    return
                self.after += 1
                cut.set()  # what the server answers to it is not passed on
            server.write(data)
            await server.drain()

    async def _back(self, answers: asyncio.StreamReader, back: asyncio.StreamWriter, cut: asyncio.Event) -> None:
        while data := await answers.read(65_536):
            if cut.is_set():
                back.transport.abort()
                return
            back.write(data)
            await back.drain()
