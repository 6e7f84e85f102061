"""Every type of message in a real browser, from the widget's sources: looks, keyboard, failures, hostile content."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.e2e.screens import is_accessible
from tests.e2e.sources import IMAGES, ORIGIN, Sources, opened

pytestmark = pytest.mark.browser
PICTURE = f"{IMAGES}/a.png"
CAPTION = [{"type": "Webchat", "metadata": [{"key": "caption-show", "value": "true"},
                                            {"key": "caption-color", "value": "yellow"}]}]  # fmt: skip
SELECT = {"type": "reply", "title": "Select", "payload": "one"}
MORE = {"type": "link", "title": "More", "url": "https://hubster.io"}


@pytest.fixture
def chat(chromium: Browser) -> Iterator[Sources]:
    """A part of a chat on a page of its own."""
    context = chromium.new_context(viewport={"width": 420, "height": 800})
    context.set_default_timeout(10_000)
    found = opened(context)
    yield found
    context.close()
    assert found.complaints == []


def find(chat: Sources, selector: str) -> Locator:
    """Something that is shown."""
    return chat.page.locator(f"hubster-test {selector}")


def test_a_text_stands_in_a_bubble_with_its_items_and_buttons(chat):
    contact = {"type": "contact", "title": "Eva", "subtitle": "Health", "properties": [
        {"key": "Cell", "value": "(416) 555-0001", "type": "phone;cell"},
        {"key": "Email", "value": "eva@a.example", "type": "email"}]}  # fmt: skip
    buttons = [{"type": "postback", "title": "Yes", "payload": "y"}, SELECT, MORE]
    chat.show({"type": "text", "text": "Here", "items": [contact], "actions": buttons})
    bubble = find(chat, ".bubble")
    expect(bubble.locator(".text").first).to_have_text("Here")
    expect(bubble.locator("dt")).to_have_text(["Cell", "Email"])
    expect(bubble.locator("dd a").first).to_have_attribute("href", "tel:4165550001")
    expect(bubble.locator("dd a").last).to_have_attribute("href", "mailto:eva@a.example")
    expect(bubble.locator(".action")).to_have_text(["Yes", "Select", "More"])
    link = bubble.locator("a.links")
    assert [link.get_attribute(name) for name in ("href", "target", "rel")] == [
        "https://hubster.io/", "_blank", "noopener noreferrer"]  # fmt: skip


def test_a_press_tells_the_action_as_it_was_sent(chat):
    action = {"type": "postback", "title": "Yes", "payload": "y", "channels": CAPTION}
    chat.show({"type": "text", "text": "?", "actions": [action, SELECT]})
    find(chat, ".buttons").press("Enter")
    find(chat, ".quickReplies").click()
    assert chat.page.evaluate("window.pressed") == [action, SELECT]


def test_quick_replies_are_offered_by_the_newest_message_only(chat):
    message = {"type": "text", "text": "?", "actions": [SELECT, {"type": "postback", "title": "Stay", "payload": ""}]}
    chat.show(message, isNewest=False)
    expect(find(chat, ".action")).to_have_text(["Stay"])
    chat.show(message)
    expect(find(chat, ".action")).to_have_count(2)
    chat.page.evaluate("window.shown[0].retire()")
    expect(find(chat, ".action")).to_have_text(["Stay"])


def test_a_message_of_quick_replies_only_leaves_their_words(chat):
    chat.show({"type": "text", "actions": [SELECT, SELECT | {"title": "Other"}]}, isNewest=False)
    expect(find(chat, ".bubble")).to_have_text("Select · Other")
    expect(find(chat, "button")).to_have_count(0)


def test_a_picture_opens_larger_and_esc_brings_the_keyboard_back(chat):
    chat.show({"type": "image", "url": PICTURE, "alt": "A leaf", "title": "Breakfast leaf", "channels": CAPTION})
    opener = find(chat, "button.press")
    expect(find(chat, ".caption")).to_have_css("color", "rgb(255, 255, 0)")
    opener.press("Enter")
    dialog = chat.page.get_by_role("dialog", name="A leaf")
    expect(dialog).to_be_visible()
    expect(dialog.locator("figcaption")).to_have_text("Breakfast leaf")
    chat.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()


def test_a_picture_with_an_anchor_is_a_link(chat):
    chat.show({"type": "image", "url": PICTURE, "urlAnchor": "https://a.example/leaf"})
    expect(find(chat, "a.press")).to_have_attribute("href", "https://a.example/leaf")
    expect(find(chat, "img")).to_have_attribute("referrerpolicy", "no-referrer")


def test_a_broken_picture_becomes_a_link_in_a_box_of_the_same_size(chat):
    chat.show({"type": "image", "url": PICTURE}, {"type": "image", "url": f"{IMAGES}/missing.png", "alt": "A leaf"})
    expect(find(chat, "a.broken")).to_have_text("A leaf")
    good, broken = (find(chat, ".frame").nth(number).bounding_box() for number in (0, 1))
    assert (good["width"], good["height"]) == (broken["width"], broken["height"])


def test_a_picture_that_is_not_encrypted_is_not_loaded(chat):
    chat.show({"type": "image", "url": "http://images.example/a.png", "alt": "A leaf"},
              {"type": "image", "url": f"{ORIGIN}/upload.png"})  # fmt: skip
    expect(find(chat, "a.broken").first).to_have_attribute("href", "http://images.example/a.png")
    assert chat.requests == []


def test_a_card_takes_its_second_picture_when_the_first_is_broken(chat):
    chat.show({"type": "card", "urlType": "image", "url": f"{IMAGES}/missing.png", "fallbackImageUrl": PICTURE})
    expect(find(chat, "img.picture")).to_have_attribute("src", PICTURE)


@pytest.mark.parametrize(("kind", "url", "player"), [
    ("youtube", "https://youtu.be/x1245b", "https://www.youtube-nocookie.com/embed/x1245b"),
    ("vimeo", "player.vimeo.com/video/12345678", "https://player.vimeo.com/video/12345678"),
])  # fmt: skip
def test_a_film_of_another_site_is_not_asked_for_before_the_press(chat, kind, url, player):
    chat.show({"type": kind, "url": url})
    expect(find(chat, ".play")).to_be_visible()
    expect(find(chat, "iframe")).to_have_count(0)
    assert chat.requests == []
    find(chat, ".play").click()
    if kind == "vimeo":  # the page's policy knows the other player only
        expect(find(chat, ".refused")).to_be_visible()
        assert chat.requests == []
    else:
        expect(find(chat, "iframe")).to_have_attribute("referrerpolicy", "strict-origin-when-cross-origin")
        assert [request.startswith(player) for request in chat.requests] == [True]
    expect(find(chat, "a.watch")).to_be_visible()


def test_films_and_sounds_have_the_browsers_own_controls(chat):
    chat.show({"type": "video", "url": f"{IMAGES}/missing.mp4", "label": "A film"}, {"type": "audio", "url": "x.wav"},
              {"type": "audio", "url": f"{ORIGIN}/a.mp3", "label": "A sound"})  # fmt: skip
    expect(find(chat, ".broken").first).to_have_text("A film")
    chat.page.route(f"{IMAGES}/waits.mp4", lambda route: None)
    chat.show({"type": "video", "url": f"{IMAGES}/waits.mp4"})
    video = find(chat, "video")
    assert [video.get_attribute(name) for name in ("controls", "preload")] == ["", "metadata"]


def test_a_place_and_a_file_are_links(chat):
    chat.show({"type": "location", "address": "2640 Matheson", "latitude": 43.8425254, "longitude": -79.5240196},
              {"type": "location", "address": "Main & 2nd"},
              {"type": "attachment", "label": "Report", "mimeType": "text/pdf", "url": f"{IMAGES}/r.pdf"})  # fmt: skip
    places = find(chat, "a.location")
    assert "mlat=43.8425254&mlon=-79.5240196" in (places.first.get_attribute("href") or "")
    assert "query=Main%20%26%202nd" in (places.last.get_attribute("href") or "")
    expect(find(chat, "a.attachment")).to_have_text("ReportPDF")
    assert chat.requests == []


def entries(count: int) -> list[dict[str, object]]:
    """Entries of a list or carousel."""
    return [{"title": f"Card {n}", "content": "Words.", "urlType": "image", "url": PICTURE, "actions": [SELECT, MORE]}
            for n in range(1, count + 1)]  # fmt: skip


def test_a_list_has_buttons_for_each_entry_and_for_all(chat):
    chat.show({"type": "list", "items": entries(2), "channels": CAPTION,
               "actions": [{"type": "postback", "title": "See more", "payload": "more"}, MORE]})  # fmt: skip
    expect(find(chat, ".bubble")).to_be_hidden()
    expect(find(chat, ".entries li .caption")).to_have_text(["Card 1", "Card 2"])
    expect(find(chat, ".listItemButtons")).to_have_text(["Select", "More"] * 2)
    expect(find(chat, ".listButtons")).to_have_text(["See more", "More"])


def test_a_carousel_goes_by_arrows_and_keys_and_says_where_it_is(chat):
    chat.page.emulate_media(reduced_motion="reduce")
    chat.show({"type": "carousel", "items": entries(4)})
    said, before = find(chat, ".carousel [role=status]"), find(chat, ".carousel").bounding_box()
    back, forward = find(chat, ".arrow.left"), find(chat, ".arrow.right")
    expect(back).to_be_hidden()
    forward.click()
    expect(said).to_have_text("2 of 4")
    find(chat, ".track").press("End")
    expect(said).to_have_text("4 of 4")
    expect(forward).to_be_hidden()
    find(chat, ".track").press("ArrowLeft")
    expect(said).to_have_text("3 of 4")
    back.focus()
    for _ in range(2):
        back.press("Enter")
    expect(said).to_have_text("1 of 4")
    expect(find(chat, ".track")).to_be_focused()
    assert find(chat, ".carousel").bounding_box() == before


def test_a_carousel_goes_the_other_way_where_writing_does(chat):
    chat.page.emulate_media(reduced_motion="reduce")
    chat.page.evaluate("document.documentElement.dir = 'rtl'")
    chat.show({"type": "carousel", "items": entries(3)})
    find(chat, ".track").press("ArrowLeft")
    expect(find(chat, ".carousel [role=status]")).to_have_text("2 of 3")
    find(chat, ".arrow.right").click()
    expect(find(chat, ".carousel [role=status]")).to_have_text("3 of 3")


def everything() -> list[dict[str, object]]:
    """One message of each type."""
    card = {"type": "card", "subtitle": "Sub"} | entries(1)[0]
    return [
        {"type": "text", "text": "Words https://a.example/" + "x" * 300, "items": [card], "actions": [SELECT, MORE]},
        {"type": "youtube", "url": "https://youtu.be/x1245b"}, {"type": "image", "url": PICTURE, "title": "A leaf"},
        {"type": "location", "address": "2640 Matheson"}, {"type": "contact", "title": "Eva", "subtitle": "Health"},
        {"type": "attachment", "label": "y" * 300, "mimeType": "application/pdf", "url": f"{IMAGES}/r.pdf"},
        {"type": "list", "items": entries(1), "actions": [SELECT]}, {"type": "carousel", "items": entries(3)}, card,
        {"type": "unheard-of", "title": "A title", "content": "Content"}, {"type": "text"},
        {"type": "text", "text": "👋"},
    ]  # fmt: skip


@pytest.mark.parametrize("width", [360, 420, 1280])
def test_everything_fits_and_is_accessible(chat, width):
    chat.page.set_viewport_size({"width": width, "height": 800})
    chat.show(*everything())
    expect(find(chat, "img").first).to_be_visible()
    assert chat.page.evaluate("document.documentElement.scrollWidth") <= width
    widest = "Math.max(...[...document.querySelector('hubster-test').shadowRoot.querySelectorAll('.list > *')]"
    assert chat.page.evaluate(f"{widest}.map((row) => row.scrollWidth - row.clientWidth))") <= 0
    is_accessible(chat.page, "hubster-test")


def test_a_message_that_cannot_be_shown_says_so(chat):
    hollow = [
        None,
        7,
        "x",
        [],
        {},
        {"type": "text"},
        {"type": "list", "items": [None, {}]},
        {"type": "image", "url": "javascript:1"},
    ]
    chat.show(*hollow)
    expect(find(chat, ".bubble")).to_have_text(["This message cannot be shown here."] * len(hollow))


def test_one_item_that_cannot_be_shown_leaves_the_others(chat):
    items = [{"type": "image", "url": "javascript:1"}, {"type": "location", "address": "Main"}]
    chat.show({"type": "text", "text": "Here", "items": items})
    expect(find(chat, ".bubble .text")).to_have_text(["Here", "This message cannot be shown here."])
    expect(find(chat, ".bubble .location")).to_have_text("Main")
