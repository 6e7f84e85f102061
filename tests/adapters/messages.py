"""Messages of every documented type, drawn at random in every size that the format allows."""

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from engine.activity import parse_message
from hubster.lib.errors import HubsterError

SCRIPTS = "abc de.f! 1\n\n\r\t,?äß€{}^\u0301\u200d👩🏽🇩🇪한국ก็กำक्षनि。日本語😀<&*_"
WORDS = st.text(st.sampled_from(SCRIPTS), min_size=1, max_size=60)
TITLES = st.text(st.sampled_from(SCRIPTS), min_size=1, max_size=90).filter(str.strip)
LONG = st.builds(lambda words, times: words * times, WORDS, st.integers(1, 150))
TEXTS = st.one_of(WORDS, LONG)
NUMBERS = st.integers(0, 10**6)


def urls(end: str = "") -> st.SearchStrategy[str]:
    """Addresses, of which no two are likely to be alike."""
    return st.builds(
        lambda number, more: f"https://example.com/{number}{'x' * more}{end}", NUMBERS, st.integers(0, 200)
    )


def an(kind: str, needed: dict[str, Any], **optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of a type, or of none when it is empty."""
    fixed = {"type": st.just(kind)} if kind else {}
    return st.fixed_dictionaries({**fixed, **needed}, optional=optional)


ACTIONS = st.lists(
    st.one_of(
        an("reply", {"title": TITLES, "payload": st.text(max_size=80)}),
        an("postback", {"title": TITLES, "payload": st.text(max_size=80)}),
        an(
            "link", {"title": TITLES, "url": st.one_of(urls(), st.sampled_from(["tel:+4930123", "mailto:a@b.example"]))}
        ),
    ),
    max_size=20,
)
PHONES = st.sampled_from(["+49 30 1234567", "(416) 555-0001", "none"])
PROPERTIES = st.lists(
    st.one_of(
        an("", {"key": TITLES, "value": PHONES, "type": st.sampled_from(["phone;cell", "phone;work"])}),
        an("", {"key": TITLES, "value": TITLES}, type=st.sampled_from(["email", "address;home", "other"])),
    ),
    max_size=8,
)
SHOWN = {
    "title": TITLES, "subtitle": TITLES, "content": TEXTS, "imageUrl": urls(), "fallbackImageUrl": urls(),
    "actions": ACTIONS, "url": urls(), "urlType": st.sampled_from(["image", "youtube", "vimeo", "video", "audio"]),
}  # fmt: skip
PICTURES, SOUNDS, FILES = (".png", ".gif", ".avif", ""), (".mp3", ".ogg", ".wav"), ("application/pdf", "text/csv")
PLAIN = [
    an("youtube", {"url": st.just("https://www.youtube.com/watch?v=abc")}),
    an("vimeo", {"url": st.just("https://vimeo.com/123456")}),
    an("video", {"url": urls(".mp4")}, label=TEXTS, mimeType=st.just("video/mp4")),
    an("audio", {"url": st.one_of(map(urls, SOUNDS))}, label=TEXTS),
    an(
        "image",
        {"url": st.one_of(urls(".png"), urls(".gif"), urls(".avif"), urls())},
        urlAnchor=urls(),
        alt=TEXTS,
        title=TITLES,
    ),
    an(
        "attachment",
        {"url": urls(".pdf"), "label": TITLES, "mimeType": st.sampled_from(FILES)},
        size=NUMBERS,
    ),
    an("location", {"address": TITLES}),
    an("location", {"latitude": st.floats(-90, 90), "longitude": st.floats(-180, 180)}, address=TITLES),
    an("contact", {"title": TITLES}, subtitle=TEXTS, imageUrl=urls(), properties=PROPERTIES),
    an("card", {}, **SHOWN),
]
ENTRIES = st.lists(an("", {}, **SHOWN), min_size=1, max_size=12)
RAW = st.one_of(
    an("text", {"text": TEXTS}, items=st.lists(st.one_of(PLAIN), max_size=12), actions=ACTIONS),
    an("text", {"items": st.lists(st.one_of(PLAIN), min_size=1, max_size=4)}, actions=ACTIONS),
    an("list", {"items": ENTRIES}, actions=ACTIONS),
    an("carousel", {"items": ENTRIES}),
    *PLAIN,
)


def _stored(raw: dict[str, Any]) -> dict[str, Any] | None:
    try:
        return parse_message(raw)
    except HubsterError:
        return None


MESSAGES: st.SearchStrategy[dict[str, Any]] = RAW.map(_stored).filter(bool)  # type: ignore[arg-type]


def parts_of(block: Any) -> Iterator[str]:
    """Everything that a block says to people, and its addresses; of pictures in reserve nothing."""
    for name, value in vars(block).items():
        if name == "actions":
            yield from (action.title for action in value)
            yield from (action.value for action in value if action.kind == "link")
        elif name == "properties":
            yield from (part for key, word, _ in value for part in (key, word))
        elif name not in ("hints", "spares", "mime_type", "plays") and isinstance(value, str):
            yield value
