"""Hostile messages in a real browser: nothing runs, nothing unexpected is drawn, nothing is asked for."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.e2e.sources import IMAGES, ORIGIN, POLICY, Sources, opened
from tests.injections import CORPUS, MARKUP, of_markup

pytestmark = pytest.mark.browser
ELEMENTS = {
    "div", "span", "strong", "a", "button", "svg", "path", "img", "video", "audio", "ul", "li", "bdi", "dl", "dt", "dd",
}  # fmt: skip
ATTRIBUTES = {
    "class", "dir", "href", "target", "rel", "type", "role", "tabindex", "hidden", "src", "alt", "loading",
    "decoding", "referrerpolicy", "controls", "preload", "playsinline", "style", "viewBox", "d", "aria-label",
    "aria-hidden",
}  # fmt: skip
# Here only the chat itself stands between a message and the page.
LAX = "default-src * data: blob: 'unsafe-inline' 'unsafe-eval'"
FOUND = """() => {
  const root = document.querySelector('hubster-test').shadowRoot;
  const all = [...root.querySelectorAll('.list *')];
  const rows = [...root.querySelectorAll('.row')];
  const hasMedia = (row) => row.querySelector('img, video, audio');
  return {
    elements: [...new Set(all.map((element) => element.localName))],
    attributes: all.flatMap((element) => [...element.attributes].map(({ name, value }) =>
      [name, value, element.getAttribute('class') || ''])),
    empty: rows.filter((row) => !row.innerText.trim() && !hasMedia(row)).length,
    rows: rows.length,
    pwned: window.pwned, polluted: ({}).polluted, title: document.title, violations: window.violations,
    body: [...document.body.children].map((child) => child.localName),
  };
}"""


@pytest.fixture(params=[POLICY, LAX], ids=["strict", "lax"])
def chat(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Sources]:
    """A part of a chat on a page that notes each breach of its policy, and on one that allows everything."""
    context = chromium.new_context(viewport={"width": 420, "height": 800})
    found = opened(context, request.param)
    found.page.evaluate(
        "window.violations = []; document.addEventListener('securitypolicyviolation', (event) =>"
        " window.violations.push(`${event.effectiveDirective} ${event.blockedURI}`))"
    )
    yield found
    context.close()
    assert found.complaints == []


def shown(chat: Sources, messages: list[Any]) -> dict[str, Any]:
    """What became of messages."""
    chat.show(*messages)
    chat.page.wait_for_load_state("networkidle")
    return chat.page.evaluate(FOUND)


@pytest.mark.parametrize("isNewest", [True, False])
def test_nothing_of_a_hostile_message_runs(chat, isNewest):
    assert len(CORPUS) > 100
    for start in range(0, len(CORPUS), 50):
        part = CORPUS[start : start + 50]
        found = shown(chat, part)
        assert found["rows"] == len(part)
        assert (found["pwned"], found["polluted"], found["title"]) == (None, None, "Shop")
        assert found["body"] == ["main", "hubster-test"]
        assert (found["violations"], found["empty"]) == ([], 0)
        assert set(found["elements"]) <= ELEMENTS
        check_attributes(found["attributes"])
    assert {url.partition("/")[0] + "//" + url.split("/")[2] for url in chat.requests} == {IMAGES}


def check_attributes(attributes: list[list[str]]) -> None:
    """No attribute is of an unexpected kind, and none leads where it must not."""
    assert {name for name, _, _ in attributes} <= ATTRIBUTES
    for name, value, of in attributes:
        if name == "href":
            assert value.startswith(("https://", "http://", "mailto:", "tel:")), value
            assert "@evil.example" not in value
        if name == "src":
            assert value.startswith((f"{IMAGES}/", f"{ORIGIN}/")), value
        if name == "style":
            assert of == "caption"
            assert "url" not in value
            assert ";" not in value.rstrip(";")


def test_markup_is_shown_as_it_was_typed(chat):
    for markup in MARKUP:
        chat.show(of_markup("text", markup))
        seen = chat.page.locator("hubster-test .bubble > .text").first
        assert seen.evaluate("(node) => node.textContent") == markup


def test_a_hidden_turn_of_writing_cannot_disguise_a_file(chat):
    chat.show(
        {"type": "attachment", "label": "report\u202egnp.exe", "mimeType": "x", "url": "https://evil.example/a.exe"}
    )
    assert chat.page.locator("hubster-test .label").inner_text() == "report gnp.exe"
