"""Channels that cannot be connected yet: checked like any other, then refused, and nothing is stored."""

import json
from itertools import pairwise

import pytest

from engine import adapters
from engine.adapters import Adapter
from engine.adapters._base import Channel, Settings
from engine.adapters._planned import PLANNED
from engine.adapters._shapes import Opaque
from tests.two_tenants import codes_of, snapshot

HEX = "0123456789abcdef" * 2
START = [{"type": "text", "text": "Welcome to Hubster! How can we help you?"}]
GOOD = {
    "Pigeon": {"loft": "north", "ring": "r-7"},
}
SIDES = {"Pigeon": "Agent"}
NUMBERS = {"Pigeon": 9001}
DOCUMENTED = {"Direct": 1, "Bot": 2, "System": 3, "Messenger": 101, "TwilioSMS": 102, "Line": 103, "Telegram": 104,
              "Kik": 105, "WebChat": 106, "Instagram": 107, "WhatsApp": 108, "Viber": 109, "Slack": 1001}  # fmt: skip


class PigeonConfig(Settings):
    loft: Opaque
    ring: Opaque


class Pigeon(Channel):
    name, number, types, config, secret_keys = "Pigeon", 9001, ("Agent",), PigeonConfig, ("ring",)


@pytest.fixture(autouse=True)
def planned(monkeypatch):
    """The channel as it is before it has an adapter."""
    known = adapters.registered([*adapters.all_channels(), Pigeon()])
    monkeypatch.setattr(adapters, "_CHANNELS", known)


def create(party, api, channel, configuration, **more):
    """A call to create, which must leave every table as it is."""
    body = {"channelId": channel, "name": "Tea shop", "configuration": configuration, **more}
    before = snapshot()
    answer = api.post(f"/api/v1/integrations/hubs/{party.hub.id}", json.dumps(body), content_type="application/json")
    assert snapshot() == before
    return answer


@pytest.fixture
def ask(pair):
    return lambda channel, configuration, **more: create(
        pair.acme, pair.clients["portal"], channel, configuration, **more
    )


@pytest.mark.parametrize("channel", GOOD)
def test_when_all_is_right_the_answer_is_that_the_channel_cannot_be_connected_yet(ask, channel):
    for name in (channel, channel.lower(), NUMBERS[channel], str(NUMBERS[channel])):
        answer = ask(name, GOOD[channel], statusId=3002, integrationTypeId=SIDES[channel])
        assert (answer.status_code, codes_of(answer)) == (501, ["PRT000103"])
        text = answer.json()["errors"][0]["description"]
        assert text.startswith(f"Property 'channelId': {channel} cannot be connected yet")


@pytest.mark.parametrize("channel", GOOD)
def test_a_channel_of_the_business_greets_nobody(ask, channel):
    answer = ask(channel, {**GOOD[channel], "start": START})
    assert codes_of(answer) == ["PRT000303"]


@pytest.mark.parametrize("channel", GOOD)
def test_property_names_are_matched_in_any_case(ask, channel):
    shouted = {name.upper(): value for name, value in GOOD[channel].items()}
    assert ask(channel, shouted).status_code == 501


@pytest.mark.parametrize("channel", GOOD)
def test_every_mandatory_property_that_is_missing_is_named(ask, channel):
    mandatory = set(GOOD[channel])
    for configuration in ({}, dict.fromkeys(mandatory), dict.fromkeys(mandatory, "")):
        answer = ask(channel, configuration)
        assert (answer.status_code, set(codes_of(answer))) == (400, {"PRT000301"})
        told = {error["description"].split("'")[1] for error in answer.json()["errors"]}
        assert told == {f"configuration.{name}" for name in mandatory}


@pytest.mark.parametrize("channel", GOOD)
def test_a_wrong_type_an_unknown_property_and_a_long_text_are_refused(ask, channel):
    first = next(iter(GOOD[channel]))
    assert codes_of(ask(channel, {**GOOD[channel], first: 5})) == ["PRT000302"]
    assert codes_of(ask(channel, {**GOOD[channel], "colour": "red"})) == ["PRT000303"]
    assert codes_of(ask(channel, {**GOOD[channel], first: "h" * 3000}))[0] == "PRT000207"
    assert codes_of(ask(channel, "text")) == ["PRT000302"]


@pytest.mark.parametrize("channel", GOOD)
def test_every_fault_of_the_body_is_listed_with_those_of_the_configuration(ask, pair, channel):
    taken = pair.acme.customer.name
    answer = ask(channel, {"colour": 1}, name=taken, statusId=3001, size=3)
    mandatory = set(GOOD[channel])
    wanted = ["PRT000206", "PRT000303", "PRT000303", "PRT000700", *["PRT000301"] * len(mandatory)]
    assert sorted(codes_of(answer)) == sorted(wanted)


@pytest.mark.parametrize("channel", GOOD)
def test_a_name_is_taken_in_its_own_hub_only(ask, pair, channel):
    assert codes_of(ask(channel, GOOD[channel], name=pair.acme.customer.name)) == ["PRT000700"]
    pair.globex.customer.name = "Only next door"
    pair.globex.customer.save()
    assert codes_of(ask(channel, GOOD[channel], name="Only next door")) == ["PRT000103"]


@pytest.mark.parametrize("channel", GOOD)
def test_the_neighbours_hub_does_not_exist(pair, channel):
    answer = create(pair.globex, pair.clients["portal"], channel, GOOD[channel])
    assert (answer.status_code, codes_of(answer)) == (404, ["PRT000699"])


@pytest.mark.parametrize(("channel", "name", "value"), [
    ("Pigeon", "loft", "clé"), ("Pigeon", "ring", "a b"),
])  # fmt: skip
def test_a_value_that_cannot_be_what_it_is_for_is_refused(ask, channel, name, value):
    answer = ask(channel, {**GOOD[channel], name: value})
    assert (answer.status_code, codes_of(answer)) == (400, ["PRT000202"])
    assert f"'configuration.{name}'" in answer.content.decode()
    assert value not in answer.content.decode()  # a secret is not repeated in an error


def test_the_list_of_a_planned_channel_is_empty(pair):
    for channel in (*GOOD, *map(str, NUMBERS.values())):
        answer = pair.clients["portal"].get(f"/api/v1/integrations/hubs/{pair.own.hub_id}/{channel}")
        assert (answer.status_code, answer.json()) == (200, [])


def test_every_documented_channel_is_known_with_its_number_side_and_configuration():
    channels = adapters.all_channels()
    assert {channel.name: channel.number for channel in channels} == {**DOCUMENTED, **NUMBERS}
    assert all(one.number < other.number for one, other in pairwise(channels))
    assert list(adapters.configurations()) == [channel.name for channel in channels]
    assert PLANNED == ()
    ignoring = {channel.name for channel in channels if not channel.configurable}
    assert ignoring == {"TwilioSMS", "Messenger", "Slack"}  # documented: an update ignores their configuration


def test_every_configuration_refuses_what_it_does_not_know():
    assert [name for name, model in adapters.configurations().items() if not issubclass(model, Settings)] == []


def test_a_planned_channel_has_no_adapter():
    assert {found.name for found in adapters.all_adapters()} == set(DOCUMENTED)
    assert [adapters.find(name) for name in NUMBERS] == [None] * len(NUMBERS)
    with pytest.raises(KeyError):
        adapters.get("Pigeon")


def test_two_channels_cannot_share_a_name_or_a_number():
    def like(**facts):
        return type("Other", (Adapter,), {"name": "Other", "number": 9999, "types": ("Bot",), **facts})()

    real = adapters.all_channels()
    assert adapters.registered([*real, like()])
    for facts in ({"name": "TELEGRAM"}, {"number": 104}, {"other_numbers": (2000,)}):
        with pytest.raises(RuntimeError, match="clashes with"):
            adapters.registered([*real, like(**facts)])
