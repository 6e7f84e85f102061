"""A customer's page on an origin of its own, with the chat's snippet pasted into it as the documentation has it."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
WRITTEN = "http://127.0.0.1:8000"  # what the documentation says for the server's address
SCRIPT = "/pub/scripts/webchat/hubster-webchat-1.0.min.js"
_FENCED = re.compile(r"^```html\n(.*?)^```", re.DOTALL | re.MULTILINE)
_PAGE = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>A plain page</title>
<style>
  body {{ margin: 0; font: 17px/27px Georgia, serif; color: #2d2d2d; background: #f6f4ef }}
  main {{ max-width: 620px; margin: 0 auto; padding: 40px 24px }}
  h1 {{ font-size: 34px; line-height: 42px }}
</style>{head}</head>
<body><main><h1>A plain page</h1>
<p>This is a page of the host site. It knows nothing of the chat but the few lines at its end.</p>
<p>Its font, its colours and its style sheet are its own, and stay its own; the chat has its own, too.</p></main>
{snippet}
</body></html>"""


def samples(base: str) -> list[str]:
    """The documented snippets, with the address of a running server."""
    text = (DOCS / "widget-gallery.md").read_text()
    return [found.replace(WRITTEN, base) for found in _FENCED.findall(text)]


def snippet(base: str, settings: str) -> str:
    """The usual lines; `settings` is the inside of the JavaScript object."""
    return (
        "<hubster-webchat></hubster-webchat>\n"
        f"<script>window.HUBSTER_CONFIG = {{ {settings} }};</script>\n"
        f'<script src="{base}{SCRIPT}"></script>'
    )


class Site:
    """The customer's web server: one page, whose snippet, head and content policy can be changed."""

    def __init__(self) -> None:
        self.snippet, self.head, self.language, self.policy = "", "", "en", ""
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802
                """The page, whatever the path; browsers ask for an icon by themselves."""
                found = not self.path.startswith("/favicon")
                self.send_response(200 if found else 204)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                if site.policy:
                    self.send_header("Content-Security-Policy", site.policy)
                self.end_headers()
                if found:
                    self.wfile.write(
                        _PAGE.format(snippet=site.snippet, head=site.head, language=site.language).encode()
                    )

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"


@contextmanager
def serving() -> Iterator[Site]:
    """The server while it is needed."""
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.server.shutdown()
        site.server.server_close()
        thread.join()
