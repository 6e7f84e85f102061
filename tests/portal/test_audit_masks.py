"""What the audit log keeps of a value: no secret, no credential of an address, and not more than a little text."""

import re

import pytest

from engine.adapters.direct import Direct
from portal.actions import audit, hubs, integrations
from portal.actions.snapshots import Secret, Snapshot
from portal.models import AuditEntry

H = r"\(hidden, [0-9a-f]{6}\)"


def kept(value, object_id: str = "1", noun: str = "hub"):
    """What is stored of one property."""
    audit.do_record("created", after=Snapshot(noun, object_id, "x", None, {"value": value}))
    return AuditEntry.objects.all()[0].after["value"]


@pytest.mark.parametrize(
    ("address", "pattern"),
    [
        ("https://a.example.com/in", r"https://a\.example\.com/in"),
        ("https://u:pw@a.example.com/in", rf"https://{H}@a\.example\.com/in"),
        ("https://u@p@a.example.com", rf"https://{H}@a\.example\.com"),
        ("https://a.example.com?token=s3cret", rf"https://a\.example\.com\?token={H}"),
        ("https://a.example.com/?a=s3cret&b=s3cret2&c", rf"https://a\.example\.com/\?a={H}&b={H}&{H}"),
        ("https://a.example.com/?s3cret", rf"https://a\.example\.com/\?{H}"),
        ("https://a.example.com/#access_token=s3cret", rf"https://a\.example\.com/#access_token={H}"),
        ("https://a.example.com/#part", r"https://a\.example\.com/#part"),
        ("a.example.com/x?key=s3cret", rf"a\.example\.com/x\?key={H}"),
        ("amqp://u:s3cret@a/v", rf"amqp://{H}@a/v"),
        ("See https://a.example.com/?k=s3cret now", rf"See https://a\.example\.com/\?k={H} now"),
        ("Open from 9 to 17? Yes: me@a.example.com", r"Open from 9 to 17\? Yes: me@a\.example\.com"),
    ],
)
def test_addresses_lose_their_credentials(db, address, pattern):
    for shown in (kept(address), kept([address])[0], kept({"inner": {"url": address}})["inner"]["url"]):
        assert re.fullmatch(pattern, shown), shown


def test_the_digits_tell_a_change_and_nothing_else(db):
    assert kept(Secret("one")) == kept(Secret("one"))
    assert kept(Secret("one")) != kept(Secret("two"))
    assert kept(Secret("one")) != kept(Secret("one"), object_id="2")
    assert "one" not in repr(Secret("one"))


def test_secret_keys_of_a_channel_are_hidden(acme, monkeypatch):
    monkeypatch.setattr(Direct, "secret_keys", ("WEBHOOKURL",))
    acme.add("Direct", "New", integrationType="Agent", webhookUrl="https://a.example.com/s3cret")
    assert re.fullmatch(H, AuditEntry.objects.all()[0].after["configuration.webhookUrl"])


def test_of_a_channel_that_is_gone_everything_is_hidden(acme):
    acme.webchat.channel = "Carrier pigeon"
    integrations.do_delete_integration(acme.webchat)
    entry = AuditEntry.objects.all()[0]
    assert re.fullmatch(H, entry.before["configuration.allowedOrigins"])


def test_long_values_are_cut_and_their_changes_still_show(db):
    first, second = kept("x" * 5000 + "a"), kept("x" * 5000 + "b")
    assert re.fullmatch(r"x{500}… \(5001 characters, [0-9a-f]{6}\)", first)
    assert first != second
    many = [{"text": "x" * 400}] * 50
    assert re.fullmatch(r"\(too long to keep: 50 entries, [0-9a-f]{6}\)", kept(many))
    assert kept(many) != kept([*many[:-1], {"text": "y" * 400}])


def test_a_change_beyond_the_cut_is_recorded(acme):
    hubs.do_update_hub(acme.hub, {"description": "x" * 900 + "a"})
    hubs.do_update_hub(acme.hub, {"description": "x" * 900 + "b"})
    entry = AuditEntry.objects.all()[0]
    assert entry.before.keys() == entry.after.keys() == {"description"}
    assert entry.before != entry.after


def test_text_that_no_database_takes_is_made_harmless(db):
    assert kept("a\x00b\ud800c") == "a\ufffdb?c"


def test_names_and_actors_of_any_length_fit(acme, rf):
    name = "x" * 200
    hubs.do_update_hub(acme.hub, {"name": name})
    assert AuditEntry.objects.all()[0].object_name == name
    audit.do_record("created", after=Snapshot("hub", "1", "x" * 300, None, {"a": 1}))
    assert len(AuditEntry.objects.all()[0].object_name) == 250
