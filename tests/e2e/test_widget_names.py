"""Texts of strangers are isolated: none turns what stands beside it, and none is cut within a character."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.widget import Business, opened, part, say
from tests.system.account import Account

pytestmark = [pytest.mark.browser, pytest.mark.complains("could not be loaded", "404", "Failed to load")]
HEBREW = "(קומקום) 12"
FACT = {"key": HEBREW, "value": HEBREW}
ACTIONS = [
    {"type": "postback", "title": HEBREW, "payload": "a"}, {"type": "reply", "title": HEBREW, "payload": "b"},
    {"type": "link", "title": HEBREW, "url": "https://example.com/"},
]  # fmt: skip
FILE = {"type": "attachment", "label": HEBREW, "mimeType": "application/pdf", "url": "https://x.io/a", "size": 5000}
CARD = {"type": "card", "title": HEBREW, "subtitle": HEBREW, "content": HEBREW, "actions": ACTIONS}
MESSAGES = [
    {"type": "text", "text": HEBREW},
    FILE,
    {"type": "video", "label": HEBREW, "url": "http://example.com/a.mp4"},
    {"type": "audio", "label": HEBREW, "url": "http://example.com/a.mp3"},
    {"type": "image", "title": HEBREW, "alt": HEBREW, "url": "http://example.com/a.png"},
    {"type": "contact", "title": HEBREW, "subtitle": HEBREW, "properties": [FACT]},
    {"type": "location", "address": HEBREW},
    {"type": "text", "text": HEBREW, "items": [FILE]},
    {"type": "carousel", "items": [CARD]},
    {"type": "text", "text": HEBREW, "actions": ACTIONS},
]  # fmt: skip
# Text nodes with a name that no element encloses alone and isolates.
LOOSE = """(root) => {
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const loose = [];
  let seen = 0;
  while (texts.nextNode()) {
    const { currentNode: node } = texts;
    if (!/[\\u0590-\\u05ff]/.test(node.data)) continue;
    seen += 1;
    let isIsolated = false;
    for (let one = node.parentElement; one && one.textContent === node.data; one = one.parentElement) {
      if (/isolate|plaintext/.test(getComputedStyle(one).unicodeBidi)) isIsolated = true;
    }
    if (!isIsolated) loose.push(node.parentElement.outerHTML);
  }
  return { seen, loose };
}"""


def test_every_strangers_text_is_isolated(visitor: BrowserContext, site):
    page = opened(visitor)
    say(page, "Hello")
    business = Business(Account(site.base))
    for message in MESSAGES:
        business.send(message=message)
    business.transfer("https://example.com/", label=HEBREW)
    page.route("**/files", lambda route: None)
    file = {"name": f"{HEBREW}.txt", "mimeType": "text/plain", "buffer": b"tea"}
    part(page, "input[type=file]").set_input_files(file)
    expect(part(page, ".upload-name")).to_have_count(1)
    expect(part(page, ".transfer")).to_have_count(1)
    expect(part(page, ".row")).to_have_count(len(MESSAGES) + 3)
    found = part(page, ".panel").evaluate(LOOSE)
    assert found["seen"] > 20
    assert [one for one in found["loose"] if "hidden-text" not in one] == []


def test_a_name_that_turns_the_order_of_writing_is_shown_as_it_is(visitor: BrowserContext):
    page = opened(visitor)
    page.route("**/files", lambda route: None)
    file = {"name": "photo\u202egpj.txt", "mimeType": "text/plain", "buffer": b"tea"}
    part(page, "input[type=file]").set_input_files(file)
    expect(part(page, ".upload-name")).to_have_text("photo gpj.txt")
