"""`python -m tests.e2e.provider_demo`: the demo with a channel of a provider that is nobody's, and with that provider.

The provider knows every token but those with `bad` in them. Its own address is `TOY_PORT`'s, on this machine.
"""

import json
import os
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import django

NUMBERS = count(1)


class ProviderHandler(BaseHTTPRequestHandler):
    """Answers every call at once; an account is the end of its token."""

    def answer(self) -> None:
        """401 for a bad token, else an id and an account."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        token = self.headers.get("Authorization") or ""
        body = json.dumps({"id": f"out-{next(NUMBERS)}", "account": token[-6:]}).encode()
        self.send_response(401 if "bad" in token else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = answer

    def log_message(self, *args: object) -> None:
        """Nothing."""


def main() -> None:
    """Serve both until the process is ended."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubster.settings")
    provider = ThreadingHTTPServer(("127.0.0.1", int(os.environ["TOY_PORT"])), ProviderHandler)
    threading.Thread(target=provider.serve_forever, daemon=True).start()
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from engine import adapters
    from hubster.lib import clock
    from tests.inbox.rich import RICH, Rich

    settings.HUBSTER_TOY_API = f"http://127.0.0.1:{provider.server_port}"
    Rich.api_ends = (clock.now() + timedelta(days=30)).date()
    Rich.by_hand = lambda self, config: "In the console, open “Webhooks”, paste this address and press “Save”."  # type: ignore[method-assign]
    adapters._CHANNELS["rich"] = RICH
    call_command("demo")


if __name__ == "__main__":
    main()
