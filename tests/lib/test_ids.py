"""Identifiers: GUIDs in every documented form and nothing else; secrets that are long enough."""

import uuid

import pytest

from hubster.lib.ids import parse_guid, random_key_hex, random_secret

PLAIN = "0b0a0d0e-1122-3344-5566-778899aabbcc"


@pytest.mark.parametrize("text", [PLAIN, PLAIN.upper(), PLAIN.replace("-", ""), "{" + PLAIN + "}", PLAIN.title(),
                                  "{" + PLAIN.replace("-", "") + "}", uuid.UUID(PLAIN)])  # fmt: skip
def test_every_documented_form_is_one_guid(text):
    assert parse_guid(text) == uuid.UUID(PLAIN)


@pytest.mark.parametrize("text", [
    "", " ", PLAIN[:-1], PLAIN + "0", PLAIN + "\n", " " + PLAIN, PLAIN + " ", "{" + PLAIN, PLAIN + "}",
    "(" + PLAIN + ")",
    "{{" + PLAIN + "}}", PLAIN.replace("-", "_"), "urn:uuid:" + PLAIN, PLAIN.replace("0b", "0g"), "\u0663" * 32,
    "-" * 36,
    PLAIN.replace("-", "", 1), "0b0a-0d0e1122-3344-5566-778899aabbcc", "x" * 10**6,
    None, 5, 1.5, True, [], {}, [PLAIN], PLAIN.encode(), "\x00" * 32,
])  # fmt: skip
def test_anything_else_is_none(text):
    assert parse_guid(text) is None


def test_secrets_and_keys_are_random_and_long():
    secrets = {random_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert min(map(len, secrets)) >= 43
    keys = {random_key_hex() for _ in range(100)}
    assert len(keys) == 100
    assert all(len(key) == 32 and set(key) <= set("0123456789ABCDEF") for key in keys)
