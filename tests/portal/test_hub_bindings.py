"""A hub's settings about web-chat visitors: its public key for binding tokens, and trust in random bindings."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.urls import reverse

from portal.models import AuditEntry, Hub
from tests.portal.rsa_keys import PRIVATE, PRIVATE_PEM, PUBLIC_PEM
from tests.two_tenants import codes_of, snapshot

SPKI = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def spki(private) -> str:
    return private.public_key().public_bytes(*SPKI).decode()


def put(party, **values):
    return party.api("portal").put(f"/api/v1/hubs/{party.hub.id}", values, format="json")


def test_they_are_set_shown_and_taken_back(acme):
    assert not {"bindingPublicKey", "trustRandomBindings"} & put(acme).json().keys()
    set_ = put(acme, BindingPublicKey=f"\n {PUBLIC_PEM}\n", trustRandomBindings=True).json()
    assert (set_["bindingPublicKey"], set_["trustRandomBindings"]) == (PUBLIC_PEM, True)
    assert acme.api("portal").get(f"/api/v1/hubs/{acme.hub.id}").json() == set_
    assert put(acme, description="Other").json()["bindingPublicKey"] == PUBLIC_PEM
    taken = put(acme, bindingPublicKey="", trustRandomBindings=False).json()
    assert not {"bindingPublicKey", "trustRandomBindings"} & taken.keys()


def test_a_key_in_the_older_form_is_kept_in_the_usual_one(acme):
    form = serialization.PublicFormat.PKCS1
    older = PRIVATE.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    assert "RSA PUBLIC KEY" in older
    assert put(acme, bindingPublicKey=older).json()["bindingPublicKey"] == PUBLIC_PEM


@pytest.mark.parametrize(("make", "code", "words"), [
    (lambda: "key", "PRT000202", "PEM"),
    (lambda: PUBLIC_PEM[:120], "PRT000202", "PEM"),
    (lambda: PRIVATE_PEM, "PRT000202", "private key"),
    (lambda: spki(ec.generate_private_key(ec.SECP256R1())), "PRT000202", "RSA"),
    (lambda: spki(rsa.generate_private_key(public_exponent=65537, key_size=1024)), "PRT000207", "1024"),
    (lambda: "x" * 5000, "PRT000207", "4096"),
    (lambda: 5, "PRT000302", "text"),
])  # fmt: skip
def test_what_is_no_such_key_is_refused_in_the_api_and_the_admin(acme, make, code, words):
    put(acme)  # the first token of all makes the service's own key
    key, before = make(), snapshot()
    answer = put(acme, bindingPublicKey=key)
    assert (answer.status_code, codes_of(answer)) == (400, [code])
    assert words in answer.json()["errors"][0]["description"]
    assert snapshot() == before
    if isinstance(key, str):
        page = acme.browser("manager").post(change(acme), form(acme, binding_public_key=key))
        assert page.status_code == 200
        assert words in page.content.decode()
        assert not Hub.objects.get(pk=acme.hub.pk).binding_public_key


def test_a_bad_key_is_told_together_with_other_faults(acme):
    assert codes_of(put(acme, bindingPublicKey="key", botFailures=99)) == ["PRT000207", "PRT000202"]


def change(party) -> str:
    return reverse("admin:portal_hub_change", args=[party.hub.pk])


def form(party, **values):
    return {"name": party.hub.name, "description": "x", "status": 2000, "close_dormant_conversation": 0,
            "handover_phrases": "", "bot_failures": 3, "bot_patience": 0, "handback_after": 0, **values}  # fmt: skip


def test_they_are_set_in_the_admin_and_recorded(acme):
    values = {"binding_public_key": PUBLIC_PEM, "trust_random_bindings": "on"}
    browser = acme.browser("manager")
    assert browser.post(change(acme), form(acme, **values)).status_code == 302
    hub = Hub.objects.get(pk=acme.hub.pk)
    assert (hub.binding_public_key, hub.trust_random_bindings) == (PUBLIC_PEM, True)
    entry = AuditEntry.objects.filter(action="hub.updated").first()
    assert {"bindingPublicKey", "trustRandomBindings"} <= set(entry.after)
    page = browser.get(reverse("admin:portal_auditentry_change", args=[entry.pk])).content.decode()
    assert "Public key for binding tokens" in page
    assert "Trust random binding keys" in page
    assert browser.post(change(acme), form(acme)).status_code == 302
    hub.refresh_from_db()
    assert (hub.binding_public_key, hub.trust_random_bindings) == ("", False)


def test_a_widget_s_keys_are_rotated_as_those_of_webhooks(acme):
    api, path = acme.api("portal"), f"/api/v1/integrations/{acme.webchat.id}"
    before = api.get(path).json()["configuration"]
    given = {"allowedOrigins": ["shop.example.com"], "regenerateKeys": True}
    after = api.put(path, {"configuration": given}, format="json").json()["configuration"]
    assert len(after["privateSigningKey"]) == 32
    assert after["privateSigningKey"] != before["privateSigningKey"]
    page = acme.browser("manager").get(reverse("admin:portal_integration_change", args=[acme.webchat.pk]))
    assert after["publicSigningKey"] in page.content.decode()
    assert after["privateSigningKey"] not in page.content.decode()
