"""Makes the pictures of docs/message-gallery.md, and the page itself: `python -m tests.e2e.message_gallery [folder]`.

Each picture shows one message as every channel shows it, drawn as in a preview from what the provider would be sent.
"""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from textwrap import fill
from typing import Any

from PIL import Image
from playwright.sync_api import Page, Route, sync_playwright

from engine.activity import parse_message
from engine.adapters import Adapter, Provider, _native_drawn, all_adapters
from engine.adapters._base import Rendered
from engine.adapters._bubbles import Bubble
from tests.adapters.every_provider import CONFIGURATIONS, ENVELOPE
from tests.adapters.provider_peer import envelope
from tests.e2e.conftest import ARGS
from tests.e2e.hostpage import DOCS

SHOP, NAME = "https://chat.example.com", "Kettle & Fern"
STATIC = DOCS.parent / "static"
SCREEN = {"width": 1120, "height": 800}
COLOURS = 48
_LOOK = """body { margin: 0; padding: 12px; background: #fff; }
main { display: grid; grid-template-columns: repeat(5, 208px); gap: 12px; align-items: start; }
.phone { zoom: .68; min-height: 300px; max-width: none; }"""
_ALL = "() => [...document.images].every((picture) => picture.complete)"
_INTRODUCTION = """# Every message on every channel

One message of each type, as each channel shows it. The pictures are made by `python -m tests.e2e.message_gallery`.
It has every channel render the message and draws what the provider would be sent, so they show what the present
version does. The admin draws your own texts for your own channels in the same way: see [Preview](preview.md).

Below each picture stands what a channel can't show, and how it shows it instead. [Messages and events](messages.md)
explains the types.
"""


def channels() -> list[Adapter]:
    """Those on which customers are, by number; Direct is the business's own, so it looks as the business likes."""
    return [one for one in all_adapters() if "Customer" in one.types and one.name != "Direct"]


def shown(adapter: Adapter, message: dict[str, Any]) -> tuple[list[Bubble], tuple[str, ...]]:
    """(bubbles, what was degraded) of a message on a channel."""
    if not isinstance(adapter, Provider):
        return _native_drawn.drawn(message, adapter.name), ()
    found = adapter.render(CONFIGURATIONS[adapter.name], envelope(message, **ENVELOPE))
    assert isinstance(found, Rendered)
    return adapter.drawn(found.requests), found.degraded


def page_of(message: dict[str, Any]) -> str:
    """The phones side by side."""
    from engine.delivery.drawing import phone

    phones = "".join(phone(one, NAME, shown(one, message)[0]) for one in channels())
    style = (STATIC / "channels" / "phone.css").read_text()
    return f"<!doctype html><meta charset=utf-8><style>{style}{_LOOK}</style><main>{phones}</main>"


def section(name: str, title: str, message: dict[str, Any]) -> Iterator[str]:
    """The part of the page about a type."""
    yield f"\n## {title}\n\n![{title} on every channel](images/message-{name}.png)\n"
    for adapter in channels():
        if notes := shown(adapter, message)[1]:
            yield "\n" + fill(f"- {adapter.label}: {' '.join(notes)}", 120, subsequent_indent="  ")
    yield "\n"


def shoot(page: Page, message: dict[str, Any], path: Path) -> None:
    """One picture, of few colours."""
    page.set_content(page_of(message))
    page.wait_for_function(_ALL)
    image = Image.open(BytesIO(page.locator("body").screenshot())).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} KB")


def _serve(route: Route) -> None:
    path = STATIC / route.request.url.removeprefix(f"{SHOP}/static/")
    route.fulfill(path=path) if path.is_file() else route.abort()


def examples() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(name, title, message) of each type, with pictures at the shop."""
    from django.conf import settings

    from engine.admin.preview_examples import EXAMPLES

    settings.PUBLIC_URL = SHOP
    for name, (title, make_message) in EXAMPLES.items():
        yield name, str(title), parse_message(make_message())


def text() -> str:
    """The page."""
    parts = [_INTRODUCTION, *(part for example in examples() for part in section(*example))]
    return "".join(parts).replace("\n\n\n", "\n\n").rstrip() + "\n"


def make(folder: Path) -> None:
    """All pictures into the folder, and the page beside it."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        page = chromium.new_context(viewport=SCREEN, locale="en-GB").new_page()
        page.route(f"{SHOP}/**", _serve)
        for name, _title, message in examples():
            shoot(page, message, folder / f"message-{name}.png")
        chromium.close()
    (folder.parent / "message-gallery.md").write_text(text())


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubster.settings")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    django.setup()
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS / "images")
