"""Signatures: the documented one by the documents' own recipe, the standard one by the standard's own verifier."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from hubster.lib.signing import hubster_signature, standard_secret, standard_signature

KEY = "FA96D15568654A4482772E00BA941BCB"  # of the documents' sample
OLD = "00000000000000000000000000000000"
BODIES = [b"{}", b'{"text":"Hi there!"}', '{"text":"\u00fc\U0001f600"}'.encode(), json.dumps(["x" * 100_000]).encode()]


def headers(signature: str, moment: datetime) -> dict[str, str]:
    stamp = str(int(moment.timestamp()))
    return {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": signature}


def signed(body: bytes, keys: list[str], moment: datetime) -> dict[str, str]:
    return headers(standard_signature(keys, "msg_1", int(moment.timestamp()), body), moment)


@pytest.mark.parametrize("body", BODIES)
def test_the_documented_signature_is_hmac_sha256_of_the_exact_bytes_in_base64(body):
    wanted = base64.b64encode(hmac.new(KEY.encode(), body, hashlib.sha256).digest()).decode()
    assert hubster_signature(KEY, body) == wanted
    assert hubster_signature(KEY, body + b" ") != wanted
    assert hubster_signature(OLD, body) != wanted


@pytest.mark.parametrize("body", BODIES)
def test_the_standard_verifier_accepts_ours_and_makes_the_same(body):
    now = datetime.now(UTC)
    verifier = Webhook(standard_secret(KEY))
    verifier.verify(body, signed(body, [KEY], now))
    assert verifier.sign("msg_1", now, body.decode()) == standard_signature([KEY], "msg_1", int(now.timestamp()), body)


def test_during_a_rotation_receivers_with_either_key_accept_and_others_do_not():
    body, now = b"{}", datetime.now(UTC)
    both = signed(body, [KEY, OLD], now)
    for key in (KEY, OLD):
        Webhook(standard_secret(key)).verify(body, both)
    for wrong in (
        signed(body, [OLD], now),
        signed(body + b" ", [KEY], now),
        signed(body, [KEY], now - timedelta(minutes=6)),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(standard_secret(KEY)).verify(body, wrong)
