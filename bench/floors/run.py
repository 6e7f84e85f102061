"""Starts the floor programs beside a running product, on the same PostgreSQL and Redis."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bench.floors.tables import conversation
from bench.load import post
from bench.processes import free_port, gunicorn, program, uvicorn
from bench.product import Product, message

_PEM = serialization.Encoding.PEM
_PRIVATE, _PUBLIC = serialization.PrivateFormat.PKCS8, serialization.PublicFormat.SubjectPublicKeyInfo
WORKER = ["-m", "celery", "-A", "bench.floors.hop", "worker", "-Q", "floor", "-c", "1"]


@dataclass
class Floor:
    """Where the programs serve, and whose time counts."""

    key: rsa.RSAPrivateKey
    site: int  # the ports
    push: int
    parts: dict[str, list[int]]

    @property
    def base(self) -> str:
        """The site's address."""
        return f"http://127.0.0.1:{self.site}"

    @cached_property
    def token(self) -> str:
        """An access token as the product's."""
        claims = {"tenant": 1, "iss": "floor", "exp": int(time.time()) + 86_400}
        private = self.key.private_bytes(_PEM, _PRIVATE, serialization.NoEncryption())
        return jwt.encode(claims, private, "RS256")

    def messages(self, view: str, count: int) -> list[bytes]:
        """Requests to one of its views; each text has its number at the end."""
        bearer = f"Bearer {self.token}"
        return [
            post(self.base, f"/{view}/{conversation(number)}", message(number), Authorization=bearer)
            for number in range(count)
        ]

    def webhooks(self, bodies: list[dict[str, Any]]) -> list[bytes]:
        """Requests to the view for webhooks."""
        sign = lambda body: hmac.new(b"floor", json.dumps(body).encode(), hashlib.sha256).hexdigest()  # noqa: E731
        return [post(self.base, "/hook", body, X_Hub_Signature_256=f"sha256={sign(body)}") for body in bodies]


@contextmanager
def floor(made: Product, hop: bool = False, push: bool = False) -> Iterator[Floor]:
    """The site; with `hop` its worker too, with `push` the sockets."""
    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(_PEM, _PUBLIC).decode()
    env = {"FLOOR_PG_PORT": str(made.pg.port), "FLOOR_REDIS": made.redis.url, "FLOOR_PUBLIC_KEY": public}
    found = Floor(key, free_port(), free_port(), {name: made.parts[name] for name in ("postgres", "redis")})
    with ExitStack() as stack:

        def start(name: str, words: list[str], port: int = 0) -> None:
            process = stack.enter_context(program(words, made.folder / f"floor-{name}.log", port, **env))
            found.parts[name] = [process.pid]

        start("web", gunicorn("bench.floors.site:application", found.site), found.site)
        if hop:
            start("worker", WORKER)
        if push:
            start("push", uvicorn("bench.floors.push:application", found.push), found.push)
        yield found
