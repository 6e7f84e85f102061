"""The project's documentation as pages: `docs/*.md`, rendered without anything from outside."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe
from markdown import Markdown
from markdown.extensions import Extension
from markdown.extensions.tables import TableExtension

from webchat import bundle

FOLDER = Path(__file__).resolve().parent.parent / "docs"
# The order of the sidebar; what is not named here follows in the order of the alphabet.
ORDER = (
    "getting-started", "embedding-the-widget", "visitors", "widget-messages", "widget-gallery", "desk", "meta",
    "telegram", "sms", "line", "viber", "slack", "kik", "api", "messages", "message-gallery", "preview", "files",
    "identity", "openapi", "calls", "errors", "events", "commands", "honest-bots", "webhooks", "deliveries",
    "contacts", "audit", "glossary", "architecture", "adding-a-step", "operating", "servers", "reliability",
    "performance", "testing",
)  # fmt: skip
WRITTEN_ORIGIN = "http://127.0.0.1:8000"  # what the texts say; readers see the server they are on
# What is wider than a phone scrolls by itself, and so must be reachable by keyboard.
_SCROLLING = {
    "<pre>": '<pre tabindex="0">',
    "<th>": '<th scope="col">',
    "<table>": '<div class="wide" tabindex="0"><table>',
    "</table>": "</table></div>",
}
_PICTURES = {".png": "image/png", ".svg": "image/svg+xml"}
_LINK = re.compile(r"\]\(([a-z0-9-]+)\.md(#[\w-]+)?\)")
_PICTURE = re.compile(r"!\[([^\]]*)\]\(images/([a-z0-9-]+\.(?:png|svg))\)")


@dataclass(frozen=True)
class Page:
    """One file of `docs`."""

    slug: str
    title: str
    text: str


class _PlainText(Extension):
    """Raw HTML is shown as text, so that no document can bring in markup of its own."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        md.preprocessors.deregister("html_block")
        md.inlinePatterns.deregister("html")


@require_safe
def show(request: HttpRequest, slug: str = "") -> HttpResponse:
    """A page; the first one without a name."""
    pages = all_pages()
    found = next((page for page in pages if page.slug == (slug or pages[0].slug)), None)
    if found is None:
        raise Http404
    html, sections = rendered(with_facts(found.text))
    context = {"page": found, "pages": pages, "html": html, "sections": sections}
    return render(request, "webchat/docs.html", context)


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """A picture of a page. `name` has no folder in it: the address's pattern sees to that."""
    path = FOLDER / "images" / name
    if not path.is_file():
        raise Http404
    answer = FileResponse(path.open("rb"), content_type=_PICTURES[path.suffix])
    answer["Cache-Control"] = "public, max-age=3600"
    return answer


def all_pages() -> list[Page]:
    """Every document, in the order of the sidebar."""
    paths = sorted(FOLDER.glob("*.md"), key=lambda path: (_rank(path.stem), path.stem))
    return [_read(path, path.stat().st_mtime_ns) for path in paths]


def _rank(slug: str) -> int:
    return ORDER.index(slug) if slug in ORDER else len(ORDER)


@lru_cache(maxsize=64)
def _read(path: Path, modified: int) -> Page:  # noqa: ARG001
    text = path.read_text()
    title = text.partition("\n")[0].lstrip("# ").strip()
    return Page(path.stem, title, text)


def with_facts(text: str) -> str:
    """The text with this server's address and the hashes of the widget that it serves."""
    build = bundle.current()
    text = text.replace(f"]({WRITTEN_ORIGIN}/", "](/")
    text = text.replace(WRITTEN_ORIGIN, settings.PUBLIC_URL).replace("1.0.VERSION", f"1.0.{build.version}")
    return text.replace("sha384-INTEGRITY", build.integrity)


@lru_cache(maxsize=64)
def rendered(text: str) -> tuple[SafeString, list[dict[str, Any]]]:
    """(HTML, sections of the second level). Raw HTML in the text comes out escaped."""
    tables = TableExtension(use_align_attribute=True)  # no style attribute: the policy
    maker = Markdown(extensions=["fenced_code", "toc", "sane_lists", tables, _PlainText()])
    html = maker.convert(_LINK.sub(r"](/docs/\1\2)", _PICTURE.sub(r"![\1](/docs/images/\2)", text)))
    for plain, reachable in _SCROLLING.items():
        html = html.replace(plain, reachable)
    top: list[dict[str, Any]] = maker.toc_tokens  # type: ignore[attr-defined]
    sections = top[0]["children"] if top else []
    return mark_safe(html), sections  # noqa: S308


def inline(text: str) -> SafeString:
    """A sentence or two for a place where no paragraph may stand, such as a cell."""
    html = str(rendered(text)[0])
    return mark_safe(html.removeprefix("<p>").removesuffix("</p>"))  # noqa: S308
