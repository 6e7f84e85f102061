"""Attaching files, in a real browser and under a strict content policy: by button, keyboard, drop and paste."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

SOURCE = Path(__file__).resolve().parent.parent.parent / "webchat" / "src"
ORIGIN = "https://widget.test"
POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'"
KINDS = {".js": "text/javascript", ".html": "text/html", ".css": "text/css"}
PAGE = """<!doctype html><html lang="en"><title>Attach</title><link rel="stylesheet" href="/src/view/base.css">
<link rel="stylesheet" href="/src/view/attach.css"><main><h1>Chat</h1><div id="panel"><textarea aria-label="Text">
</textarea></div></main><script type="module" src="/page.js"></script></html>"""
# The page does what the widget's panel does with the two parts.
SCRIPT = """
import { Attach } from '/src/view/attach.js';
import { Uploads } from '/src/uploads.js';
const panel = document.getElementById('panel');
const uploads = new Uploads({
  endpoint: '', mostBytes: 2000, ensureConversation: async () => 'c', tokens: { with: (call) => call('token') },
  onChange: (upload) => { attach.announce(upload); attach.render(uploads.list); },
});
const attach = new Attach({
  onFiles: (files) => files.forEach((file) => uploads.add(file)),
  onCancel: (id) => uploads.cancel(id), onRetry: (id) => uploads.retry(id),
});
panel.append(attach.element, attach.list, attach.announcer);
attach.listen(panel);
"""
TRANSFER = """([name, words, type, text]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([words], name, { type }));
  if (text) transfer.setData('text/plain', text);
  return transfer;
}"""
WORDS = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Hello"}
PAGE_FILE = {"name": "a.html", "mimeType": "text/html", "buffer": b"x"}


class Service:
    """Answers as the service does, as the test says; `held` answers wait for `release`."""

    def __init__(self, page: Page) -> None:
        self.status, self.body, self.hold = 200, '{"status": 200, "conversationId": "c"}', False
        self.held: list[Route] = []
        self.names: list[str] = []
        page.route(f"{ORIGIN}/**", self.answer)

    def answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if path.startswith("/inbound/"):
            self.names.append((route.request.post_data or "").partition('filename="')[2].partition('"')[0])
            self.held.append(route)
            if not self.hold:
                self.release()
            return
        body = {"/": PAGE, "/page.js": SCRIPT}.get(path) or (SOURCE / path.removeprefix("/src/")).read_text()
        kind = KINDS.get(Path(path).suffix, "text/html")
        route.fulfill(body=body, content_type=kind, headers={"Content-Security-Policy": POLICY})

    def release(self) -> None:
        self.held.pop().fulfill(status=self.status, body=self.body, content_type="application/json")


@pytest.fixture
def page(chromium):
    context = chromium.new_context(viewport={"width": 360, "height": 640})
    page = context.new_page()
    page.faults = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda fault: page.faults.append(str(fault)))
    page.on("console", lambda line: "Content Security Policy" in line.text and page.faults.append(line.text))
    yield page
    assert page.faults == []
    context.close()


@pytest.fixture
def service(page):
    made = Service(page)
    page.goto(f"{ORIGIN}/")
    expect(page.get_by_role("button", name="Attach files")).to_be_visible()
    return made


def announced(page: Page, words: str) -> None:
    expect(page.get_by_role("status")).to_have_text(words)


def choose(page: Page, *files: dict) -> None:
    page.locator("input[type=file]").set_input_files(list(files))


def test_the_button_opens_the_choice_by_keyboard_and_what_is_chosen_is_sent(page, service):
    page.get_by_role("button", name="Attach files").focus()
    with page.expect_file_chooser() as chosen:
        page.keyboard.press("Enter")
    assert chosen.value.is_multiple()
    chosen.value.set_files([WORDS])
    announced(page, "notes.txt was sent")
    expect(page.get_by_role("listitem")).to_have_count(0)
    assert service.names == ["notes.txt"]


def test_a_file_on_its_way_shows_how_far_it_is_and_can_be_cancelled(page, service):
    service.hold = True
    choose(page, WORDS)
    announced(page, "Sending notes.txt")
    expect(page.get_by_role("progressbar", name="Sending notes.txt")).to_be_visible()
    page.get_by_role("button", name="Cancel notes.txt").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("listitem")).to_have_count(0)
    expect(page.get_by_role("button", name="Attach files")).to_be_focused()
    announced(page, "notes.txt was cancelled")


def test_what_failed_says_why_and_is_sent_again(page, service):
    service.status, service.body = 429, '{"status": 429, "errors": [{"code": 107, "description": "x"}]}'
    choose(page, WORDS)
    row = page.get_by_role("listitem")
    expect(row).to_contain_text("many files")
    expect(page.get_by_role("progressbar")).to_have_count(0)
    service.status, service.body = 200, '{"status": 200, "conversationId": "c"}'
    service.hold = True
    page.get_by_role("button", name="Retry notes.txt").click()
    expect(page.get_by_role("button", name="Cancel notes.txt")).to_be_focused()
    service.release()
    announced(page, "notes.txt was sent")


def test_what_is_refused_can_be_taken_away_and_is_not_sent(page, service):
    choose(page, {**WORDS, "name": "large.txt", "buffer": b"x" * 2001}, PAGE_FILE)
    expect(page.get_by_role("listitem").first).to_contain_text("too large")
    expect(page.get_by_role("button", name="Retry large.txt")).to_have_count(0)
    page.get_by_role("button", name="Remove large.txt").click()
    page.get_by_role("button", name="Remove a.html").click()
    expect(page.get_by_role("listitem")).to_have_count(0)
    assert service.names == []


def transfer(page: Page, name: str, kind: str, text: str = ""):
    return page.evaluate_handle(TRANSFER, [name, "Hello", kind, text])


def test_files_are_dropped_onto_the_panel(page, service):
    dropped = transfer(page, "dropped.txt", "text/plain")
    veil = page.get_by_text("Drop files here")
    page.dispatch_event("textarea", "dragenter", {"dataTransfer": dropped})
    page.dispatch_event("#panel", "dragenter", {"dataTransfer": dropped})
    page.dispatch_event("textarea", "dragleave", {"dataTransfer": dropped})
    expect(veil).to_be_visible()
    page.dispatch_event("#panel", "drop", {"dataTransfer": dropped})
    expect(veil).to_be_hidden()
    announced(page, "dropped.txt was sent")
    assert service.names == ["dropped.txt"]


def test_words_that_are_dragged_are_left_alone(page, service):
    words = page.evaluate_handle("() => { const t = new DataTransfer(); t.setData('text/plain', 'x'); return t; }")
    page.dispatch_event("#panel", "dragenter", {"dataTransfer": words})
    expect(page.get_by_text("Drop files here")).to_be_hidden()


def test_a_picture_is_pasted_and_words_with_a_picture_beside_them_are_words(page, service):
    for name, text in (("words.png", "Words"), ("shot.png", "")):
        pasted = transfer(page, name, "image/png", text)
        page.evaluate(
            "(data) => document.querySelector('textarea').dispatchEvent("
            "new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))",
            pasted,
        )
    announced(page, "shot.png was sent")
    assert service.names == ["shot.png"]


def test_rows_in_every_state_are_accessible_and_fit_a_phone(page, service):
    service.hold = True
    choose(page, WORDS, {**WORDS, "name": "waiting " + "x" * 90 + ".txt"}, PAGE_FILE)
    expect(page.get_by_role("listitem")).to_have_count(3)
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
