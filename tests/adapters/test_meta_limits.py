"""Whatever is sent to Messenger and Instagram: within Meta's limits, nothing lost, and tagged by who wrote it."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.adapters._blocks import Audio, Buttons, Card, File, Picture, Text, Video, as_text, blocks_of
from engine.adapters.instagram import ADAPTER as INSTAGRAM
from engine.adapters.messenger import ADAPTER as MESSENGER
from tests.adapters.messages import MESSAGES
from tests.adapters.meta_peer import HOUR, NOW, bodies, envelope, judge, said_in

PAGE = {"pageAccessToken": "EAAG", "pageId": "1", "accessToken": "EAAG"}
CHANNELS = st.sampled_from([MESSENGER, INSTAGRAM])
AUTHORS = st.sampled_from(["human", "bot", "rule", "plugin", "platform"])
AGES = st.integers(0, 24 * 9 * HOUR)

slow = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def squeezed(text: str) -> str:
    """Without white space, which may differ where a text was cut."""
    return "".join(text.split())


def wanted(block) -> list[str]:
    """All that a block says."""
    if isinstance(block, Text):
        return [block.text]
    if isinstance(block, Picture):
        return [block.url, block.title, block.link]
    if isinstance(block, Card | Buttons):
        titles = [action.title for action in block.actions]
        links = [action.value.removeprefix("tel:") for action in block.actions if action.kind == "link"]
        shown = [block.title, block.subtitle, block.text, block.picture, block.url] if isinstance(block, Card) else []
        return [*shown, *titles, *links]
    if isinstance(block, Audio | File | Video):
        return [block.label, block.url]
    return as_text(block).splitlines()


@slow
@given(MESSAGES, CHANNELS, AUTHORS, AGES)
def test_no_message_breaks_a_limit_and_only_late_words_of_people_are_tagged(message, channel, author, age):
    rendered = channel.render(PAGE, envelope(message, author=author, last_said=(NOW - age) * 1_000))
    assert rendered.requests or not any(text.strip() for block in blocks_of(message) for text in wanted(block))
    for body in bodies(rendered):
        judge(body, is_instagram=channel is INSTAGRAM)
        late = author == "human" and 24 * HOUR <= age < 7 * 24 * HOUR
        assert (body.get("tag") == "HUMAN_AGENT") == late


@slow
@given(MESSAGES, CHANNELS)
def test_every_word_and_every_choice_arrives(message, channel):
    rendered = channel.render(PAGE, envelope(message))
    sent = [body["message"] for body in bodies(rendered)]
    shown = squeezed("\n".join(text for body in sent for text in said_in(body)))
    for block in blocks_of(message):
        for text in wanted(block):
            assert squeezed(text) in shown
    pressed = {payload for body in sent for payload in payloads(body)}
    for number, choice in enumerate(rendered.choices, 1):
        payload = choice.payload if choice.payload.strip() else choice.label
        assert payload in pressed or (rendered.numbered and (str(number) in pressed or f"{number}." in shown))


def payloads(value) -> list[str]:
    """All payloads of buttons and quick replies."""
    if isinstance(value, list):
        return [found for each in value for found in payloads(each)]
    if not isinstance(value, dict):
        return []
    own = [value["payload"]] if isinstance(value.get("payload"), str) else []
    return [*own, *(found for each in value.values() for found in payloads(each))]
