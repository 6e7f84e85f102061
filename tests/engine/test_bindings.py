"""Bindings of web-chat visitors: no history opens because somebody knows, or guesses, a customer's name."""

import hashlib
import json
import time
from base64 import urlsafe_b64encode
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from engine.actions.bindings import RANDOM_BINDING
from engine.models import Conversation
from hubster.lib import clock
from portal.actions.integrations import do_rotate_keys
from portal.models import Hub
from tests.engine.tab import Tab
from tests.portal.rsa_keys import PRIVATE, PUBLIC_PEM
from tests.two_tenants import codes_of, snapshot

RANDOM = "kW3v9Qm2T7xYb0Zc4Hd8Jf6Lg1Np5Rs_-uAeIoUyXwE"
DIGEST = hashlib.sha256(b"ann@example.com").hexdigest()
GUESSED = [
    "user-5", "ann@example.com", "1", "x" * (RANDOM_BINDING - 1), "a" * 60, "1234567890" * 5, DIGEST, RANDOM,
    f"user-5.{RANDOM}", urlsafe_b64encode(hashlib.sha512(b"ann@example.com").digest()).decode(),
    "bartholomew.featherstonehaugh@a-very-long-company-name.example.com",
    "user-0000000000000000000000000000000000000005", "the quick brown fox jumps over the lazy dog again",
    "https://example.com/customers/bartholomew/featherstonehaugh",
]  # fmt: skip


def trust(pair, **values) -> None:
    """Change the hub."""
    Hub.objects.filter(pk=pair.acme.hub.pk).update(**values)


def key_of(party) -> str:
    """The present private key of a widget."""
    return str(party.webchat.signing_keys.get(expires__isnull=True).private_key)


def signed(key, sub="ann", algorithm="HS256", seconds: float | None = 300, **claims) -> str:
    """A token as the business makes it."""
    ends = {} if seconds is None else {"exp": time.time() + seconds}
    return jwt.encode({"sub": sub, **ends, **claims}, key, algorithm=algorithm)


@pytest.mark.parametrize("binding", GUESSED)
def test_a_binding_opens_nothing_in_another_browser(pair, binding):
    known = Tab(pair).establish(binding)
    by_api = pair.acme.establish(binding, pair.acme.webchat)
    fresh = Tab(pair)
    assert fresh.establish(binding) not in (known, str(by_api.id))
    assert fresh.may(known) == fresh.may(str(by_api.id)) == (404, 404, False)


@pytest.mark.parametrize("binding", GUESSED[:3])
def test_it_opens_the_same_conversation_for_the_visitor_s_own_chain_of_tokens(pair, binding):
    tab = Tab(pair)
    assert tab.establish(binding) == tab.establish(binding)


def test_a_browser_cannot_name_what_another_one_is_kept_under(pair):
    first = Tab(pair)
    known = first.establish("guest")
    kept_under = Conversation.objects.get(pk=known).binding
    assert Tab(pair).establish(kept_under) != known


@pytest.mark.parametrize("binding", [RANDOM, f"user-5.{RANDOM}", DIGEST])
def test_where_the_hub_says_so_a_random_binding_opens_its_conversation_in_another_browser(pair, binding):
    trust(pair, trust_random_bindings=True)
    known, other = Tab(pair).establish(binding), Tab(pair)
    assert other.establish(binding) == known
    assert other.may(known) == (200, 200, True)


@pytest.mark.parametrize("binding", [own for own in GUESSED if own not in (RANDOM, f"user-5.{RANDOM}", DIGEST)][:6])
def test_even_there_a_short_or_plain_one_does_not(pair, binding):
    trust(pair, trust_random_bindings=True)
    assert Tab(pair).establish(binding) != Tab(pair).establish(binding)


@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
def test_where_the_business_vouches_for_it_the_history_opens_on_every_device(pair, algorithm):
    trust(pair, binding_public_key=PUBLIC_PEM)
    key = PRIVATE if algorithm == "RS256" else key_of(pair.acme)
    by_api = str(pair.acme.establish("ann", pair.acme.webchat).id)
    laptop, phone = Tab(pair), Tab(pair)
    token = signed(key, algorithm=algorithm)
    assert laptop.establish("ann", bindingToken=token) == by_api
    assert phone.establish("ann", BINDINGTOKEN=token) == by_api  # a token may be used again until its end
    assert laptop.may(by_api) == phone.may(by_api) == (200, 200, True)


def test_who_was_vouched_for_finds_it_again_unsigned_and_nobody_else_does(pair):
    tab = Tab(pair)
    known = tab.establish("ann", bindingToken=signed(key_of(pair.acme)))
    assert tab.establish("ann") == known
    assert Tab(pair).establish("ann") != known


def test_who_wrote_unsigned_before_is_taken_to_the_signed_history(pair):
    tab = Tab(pair)
    before = tab.establish("ann")
    known = tab.establish("ann", bindingToken=signed(key_of(pair.acme)))
    assert known != before
    assert tab.establish("ann") == known
    assert tab.may(before) == (200, 200, True)


def test_an_unsigned_visitor_does_not_lie_in_wait_for_the_signed_one(pair):
    waiting, real = Tab(pair), Tab(pair)
    waiting.establish("ann")
    known = real.establish("ann", bindingToken=signed(key_of(pair.acme)))
    assert waiting.may(known) == (404, 404, False)


def test_the_key_before_is_good_while_it_is_handed_over(pair):
    old = signed(key_of(pair.acme), seconds=86_000)
    do_rotate_keys(pair.acme.webchat)
    assert Tab(pair).asks("ann", bindingToken=old).status_code == 200
    pair.acme.webchat.signing_keys.filter(expires__isnull=False).update(expires=clock.now() - timedelta(seconds=1))
    assert codes_of(Tab(pair).asks("ann", bindingToken=old)) == ["ENG000102"]
    assert Tab(pair).asks("ann", bindingToken=signed(key_of(pair.acme))).status_code == 200


@pytest.mark.parametrize("nothing", ["", None])
def test_without_a_token_it_is_an_unsigned_binding(pair, nothing):
    assert Tab(pair).asks("ann", bindingToken=nothing).status_code == 200


def unsigned(**header) -> str:
    """A token whose signature is empty."""
    parts = ({"alg": "none", "typ": "JWT", **header}, {"sub": "ann", "exp": time.time() + 300})
    return ".".join([*(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), ""])


def confused() -> str:
    """HS256 with the public key as the secret, which PyJWT would not make."""
    head, body, _ = unsigned(alg="HS256").split(".")
    signer = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    mac = signer.sign(f"{head}.{body}".encode(), PUBLIC_PEM.encode())
    return f"{head}.{body}.{urlsafe_b64encode(mac).decode().rstrip('=')}"


BAD = {
    "expired": lambda s: signed(key_of(s.acme), seconds=-1),
    "no exp": lambda s: signed(key_of(s.acme), seconds=None),
    "an exp in words": lambda s: signed(key_of(s.acme), seconds=None, exp="tomorrow"),
    "an exp that is true": lambda s: signed(key_of(s.acme), seconds=None, exp=True),
    "an exp that is no number": lambda s: signed(key_of(s.acme), seconds=None, exp=float("nan")),
    "no end": lambda s: signed(key_of(s.acme), seconds=None, exp=float("inf")),
    "an exp without measure": lambda s: signed(key_of(s.acme), seconds=None, exp=10**400),
    "an exp two days away": lambda s: signed(key_of(s.acme), seconds=172_800),
    "an nbf in the future": lambda s: signed(key_of(s.acme), nbf=time.time() + 1000),
    "an nbf in milliseconds": lambda s: signed(key_of(s.acme), nbf=int(time.time() * 1000)),
    "an nbf in words": lambda s: signed(key_of(s.acme), nbf="tomorrow"),
    "another sub": lambda s: signed(key_of(s.acme), sub="bob"),
    "a longer sub": lambda s: signed(key_of(s.acme), sub="ann "),
    "no sub": lambda s: jwt.encode({"exp": time.time() + 300}, key_of(s.acme)),
    "a sub that is a list": lambda s: signed(key_of(s.acme), sub=["ann"]),
    "a key of nobody": lambda s: signed("F" * 32),
    "another tenant's key": lambda s: signed(key_of(s.globex)),
    "another integration's key": lambda s: signed(s.acme.customer.signing_keys.get().private_key),
    "the public signing key": lambda s: signed(s.acme.webchat.signing_keys.get().public_key),
    "HS512": lambda s: signed(key_of(s.acme), algorithm="HS512"),
    "another RSA key": lambda s: signed(rsa.generate_private_key(public_exponent=65537, key_size=2048), "ann", "RS256"),
    "RS512": lambda s: signed(PRIVATE, algorithm="RS512"),
    "the public key as a secret": lambda _: confused(),
    "alg none": lambda _: unsigned(),
    "alg NONE": lambda _: unsigned(alg="NONE"),
    "an alg that is a list": lambda _: unsigned(alg=["HS256"]),
    "the signature cut off": lambda s: signed(key_of(s.acme)).rpartition(".")[0] + ".",
    "no JWT": lambda _: "token",
    "a web-chat token": lambda s: Tab(s).token,
    "endless": lambda s: signed(key_of(s.acme), more="x" * 9000),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_token_is_refused_and_changes_nothing(pair, case):
    trust(pair, binding_public_key=PUBLIC_PEM)
    tab, token = Tab(pair), BAD[case](pair)
    before = snapshot()
    answer = tab.asks("ann", bindingToken=token)
    assert (answer.status_code, codes_of(answer)) == (401, ["ENG000102"])
    assert "'bindingToken'" in answer.json()["errors"][0]["description"]
    assert token not in answer.content.decode()
    assert snapshot() == before


def test_without_a_public_key_no_rsa_signature_fits(pair):
    answer = Tab(pair).asks("ann", bindingToken=signed(PRIVATE, algorithm="RS256"))
    assert codes_of(answer) == ["ENG000102"]


def test_a_token_is_text(pair):
    answer = Tab(pair).asks("ann", bindingToken={"sub": "ann"})
    assert (answer.status_code, codes_of(answer)) == (400, ["ENG000201"])


def test_the_business_s_own_software_needs_none_and_a_bad_one_is_refused_there_too(pair):
    api = pair.clients["engine"]
    body = {"integrationId": pair.own.webchat_id, "binding": "ann", "channelType": "WebChat"}
    assert api.post("/api/v1/conversations/establish", body, format="json").status_code == 200
    refused = api.post("/api/v1/conversations/establish", {**body, "bindingToken": "x"}, format="json")
    assert codes_of(refused) == ["ENG000102"]
