"""docs/messages.md: its examples are accepted as they stand, and what it says of links is so."""

import json
import re
from pathlib import Path

import pytest

from engine.activity import parse_event, parse_message
from engine.activity.files import file_of
from engine.activity.links import recognise
from hubster.lib.openapi import views

TEXT = Path("docs/messages.md").read_text()
BLOCKS = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)]
EXAMPLES = [block for block in BLOCKS if "type" in block]  # others show an activity around its message
LINKS = re.findall(r"^\| (`https.*) \| `(\w+)` \|$", TEXT, re.MULTILINE)


def types_of(component: str) -> set[str]:
    return set(views.document()["components"]["schemas"][component]["discriminator"]["mapping"])


@pytest.mark.parametrize("node", EXAMPLES, ids=lambda node: node["type"])
def test_an_example_is_accepted_and_stays_as_it_is(node):
    parse = parse_event if node["type"] in types_of("Event") else parse_message
    assert parse(node) == node


def test_every_type_has_an_example():
    assert {node["type"] for node in EXAMPLES} == types_of("Message") | types_of("Event")


@pytest.mark.parametrize(("told", "kind"), LINKS)
def test_a_link_becomes_what_the_page_says(told, kind):
    urls = re.findall(r"`(https[^`]+)`", told)
    assert urls
    assert {recognise(url).message["type"] for url in urls} == {kind}
    for ending in re.findall(r"(?<=[ ,])\.(\w+)", told):
        assert file_of(f"/a.{ending}")[0] == kind


def test_all_kinds_of_links_are_told():
    assert [kind for _, kind in LINKS] == ["youtube", "vimeo", "image", "video", "audio", "attachment", "location"]
