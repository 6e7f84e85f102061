"""A message or file that is refused: the visitor reads the widget's own sentence, in the language of the chat."""

import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.widget import PATH, configure, opened, part

pytestmark = [pytest.mark.browser, pytest.mark.complains("status of 4")]
THEIRS = "Property 'message.text' should not be read by visitors. (code: ENG000207)"
TOO_LONG = "Diese Nachricht ist zu lang. Bitte kürzen Sie sie oder senden Sie sie in mehreren Teilen."
NOBODY = "Im Moment kann hier niemand antworten. Bitte versuchen Sie es später erneut."
REFUSED = "Diese Nachricht kann nicht gesendet werden."
SECRETS = ("Property", "should", "code:", "ENG0", "body", "which is")


def refuse(page: Page, status: int, code: int) -> None:
    """Whatever the visitor sends is refused."""
    body = json.dumps({"status": status, "errors": [{"code": code, "description": THEIRS}]})
    answer: dict[str, Any] = {"status": status, "content_type": "application/json", "body": body}
    page.route("**/inbound/customer/**", lambda route: route.fulfill(**answer))


def write(page: Page, text: str) -> None:
    """The visitor pastes a text and sends it."""
    field = part(page, "textarea")
    field.evaluate("(field, text) => { field.value = text; field.dispatchEvent(new Event('input')); }", text)
    field.press("Enter")


def reads(page: Page, sentence: str) -> None:
    """That, and nothing of the service's text."""
    expect(part(page, ".row.own .problem")).to_have_text(f"Nicht gesendet. {sentence}")
    shown = part(page, ".panel").inner_text()
    assert not [secret for secret in SECRETS if secret in shown]


def test_a_text_that_is_too_long_for_the_service_is_refused_in_the_visitors_words(visitor: BrowserContext):
    configure(visitor, language="de")
    page = opened(visitor)
    write(page, "x" * 25_000)
    reads(page, TOO_LONG)
    page.reload()
    part(page, ".launcher").click()
    reads(page, TOO_LONG)


def test_a_text_that_is_too_long_goes_back_into_the_field_to_be_shortened(visitor: BrowserContext):
    configure(visitor, language="de")
    page = opened(visitor)
    write(page, "x" * 25_000)
    reads(page, TOO_LONG)
    field = part(page, "textarea")
    field.fill("Und noch etwas.")
    part(page, ".row.failed").get_by_role("button", name="Bearbeiten").click()
    expect(field).to_have_value("x" * 25_000 + "\nUnd noch etwas.")
    expect(field).to_be_focused()
    expect(part(page, ".row.failed")).to_have_count(0)
    page.reload()
    part(page, ".launcher").click()
    expect(field).to_have_value("x" * 25_000 + "\nUnd noch etwas.")  # a draft by now
    field.fill("Kürzer.")
    field.press("Enter")
    expect(part(page, ".row.own.sent .text")).to_have_text("Kürzer.")
    expect(part(page, ".row.failed")).to_have_count(0)


@pytest.mark.parametrize(("status", "code", "sentence"), [
    (400, 207, TOO_LONG), (413, 207, TOO_LONG), (400, 5501, NOBODY), (400, 6502, NOBODY), (400, 6503, NOBODY),
    (400, 2001, NOBODY), (400, 5000, REFUSED), (409, 106, REFUSED), (403, 110, REFUSED), (417, 107, REFUSED),
])  # fmt: skip
def test_every_refusal_has_a_sentence_of_the_widget(visitor: BrowserContext, status, code, sentence):
    configure(visitor, language="de")
    page = opened(visitor)
    refuse(page, status, code)
    write(page, "Hallo")
    reads(page, sentence)


@pytest.mark.complains("[Hubster] Dieser Chat")
def test_a_chat_that_is_refused_as_a_whole_says_so_in_its_own_words(visitor: BrowserContext):
    configure(visitor, language="de")
    visitor.route("**/conversations/establish", lambda route: route.fulfill(
        status=400, content_type="application/json",
        body=json.dumps({"errors": [{"code": 6503, "description": THEIRS}]}),
    ))  # fmt: skip
    page = visitor.new_page()
    page.goto(PATH)
    part(page, ".launcher").click()
    expect(part(page, ".notice")).to_have_text("Dieser Chat ist im Moment nicht verfügbar.")
    assert THEIRS not in part(page, ".panel").inner_text()


@pytest.mark.parametrize(("status", "code", "sentence"), [
    (413, 207, "Diese Datei ist zu groß."), (400, 5501, NOBODY), (400, 8500, "Diese Datei kann nicht gesendet werden."),
    (429, 107, "Zu viele Dateien in kurzer Zeit. Bitte versuchen Sie es in einer Minute erneut."),
])  # fmt: skip
def test_every_refused_file_has_one_too(visitor: BrowserContext, status, code, sentence):
    configure(visitor, language="de")
    page = opened(visitor)
    refuse(page, status, code)
    part(page, "input[type=file]").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"tea"})
    expect(part(page, ".upload-state")).to_have_text(sentence)


def test_half_of_an_emoji_is_left_out_and_the_rest_is_sent(visitor: BrowserContext):
    page = opened(visitor)
    part(page, "textarea").evaluate("(f) => { f.value = 'Tea \\ud83d😀'; f.dispatchEvent(new Event('input')); }")
    part(page, "textarea").press("Enter")
    expect(part(page, ".row.own.sent .text")).to_have_text("Tea 😀")


# The order of events in which browsers tell that a word was chosen, and what the chat makes of the keys.
CHOSEN = """(field, [code, composing, ended]) => {
  const on = { bubbles: true, composed: true, cancelable: true };
  field.focus();
  field.value = 'にほん';
  field.dispatchEvent(new CompositionEvent('compositionstart', on));
  field.dispatchEvent(new Event('input', on));
  const end = () => field.dispatchEvent(new CompositionEvent('compositionend', { ...on, data: 'にほん' }));
  if (ended) end();
  for (const key of ['Enter', 'Escape']) {
    field.dispatchEvent(new KeyboardEvent('keydown', { ...on, key, keyCode: code, isComposing: composing }));
  }
  if (!ended) end();
}"""


@pytest.mark.parametrize(("code", "composing", "ended"), [(229, False, True), (229, True, False), (13, True, False)],
                         ids=["Safari", "Chrome", "Firefox"])  # fmt: skip
def test_keys_that_choose_a_word_send_nothing_and_close_nothing(visitor: BrowserContext, code, composing, ended):
    page = opened(visitor)
    part(page, "textarea").evaluate(CHOSEN, [code, composing, ended])
    expect(part(page, "textarea")).to_have_value("にほん")
    expect(part(page, ".panel.open")).to_have_count(1)
    expect(part(page, ".row.own")).to_have_count(0)
    part(page, "textarea").press("Enter")
    expect(part(page, ".row.own.sent .text")).to_have_text("にほん")
