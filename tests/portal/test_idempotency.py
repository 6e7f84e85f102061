"""`Idempotency-Key`: a POST that is repeated with its key changes nothing and gets the first answer again."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from hubster.lib import clock
from portal import idempotency
from portal.idempotency import do_delete_expired_records
from portal.models import Hub, IdempotencyRecord
from tests.api_table import CALLS
from tests.two_tenants import clients_of, codes_of, fault_of, send, snapshot

KEY = {"HTTP_IDEMPOTENCY_KEY": "order-17"}
POSTS = [call for call in CALLS if call.method == "POST" and call.api != "none" and call.keyed]


@pytest.mark.parametrize("call", POSTS, ids=str)
def test_every_post_that_is_repeated_with_its_key_changes_nothing(pair, call):
    client = pair.clients[call.api]
    first = send(client, call, pair.own, **KEY)
    assert first.status_code == 200, first.content
    before = snapshot()
    again = send(client, call, pair.own, **KEY)
    assert (again.status_code, again.content) == (200, first.content)
    assert snapshot() == before


def test_a_secret_that_is_shown_once_is_shown_again_to_a_repeat_and_nowhere_kept_in_clear(pair):
    call = next(call for call in POSTS if call.path.endswith("tokens"))
    secret = send(pair.clients["portal"], call, pair.own, **KEY).json()["token"]
    again = send(pair.clients["portal"], call, pair.own, **KEY)
    assert again.json()["token"] == secret
    assert again.headers["Idempotent-Replayed"] == "true"
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM portal_idempotencyrecord")
        assert secret not in repr(cursor.fetchall())


def hub(name: str) -> str:
    return json.dumps({"name": name, "description": "A hub"})


@pytest.fixture
def call():
    return next(call for call in POSTS if call.path == "api/v1/hubs")


def test_a_key_belongs_to_one_request(pair, call):
    portal = pair.clients["portal"]
    assert send(portal, call, pair.own, hub("One"), **KEY).status_code == 200
    before = snapshot()
    other_body = send(portal, call, pair.own, hub("Two"), **KEY)
    elsewhere = next(post for post in POSTS if post.path.endswith("tokens"))
    other_path = send(portal, elsewhere, pair.own, **KEY)
    for answer in (other_body, other_path):
        assert (answer.status_code, fault_of(answer), codes_of(answer)) == (409, None, ["PRT000106"])
        assert "Idempotency-Key" in answer.content.decode()
    assert snapshot() == before


def test_the_same_body_in_another_order_of_properties_is_the_same_request(pair, call):
    portal = pair.clients["portal"]
    first = send(portal, call, pair.own, '{"name": "One", "description": "d"}', **KEY)
    again = send(portal, call, pair.own, '{"description":"d", "name":"One"}', **KEY)
    assert again.content == first.content


def test_another_spelling_of_a_number_or_a_text_is_the_same_request(pair, call):
    portal = pair.clients["portal"]
    body = '{"name": "%s", "description": "d", "closeDormantConversation": %s}'
    first = send(portal, call, pair.own, body % ("Grüße", "5"), **KEY)
    again = send(portal, call, pair.own, body % ("Gr\\u00fc\\u00dfe", "5.0"), **KEY)
    assert (again.status_code, again.content) == (200, first.content)
    assert codes_of(send(portal, call, pair.own, body % ("Grüße", "6"), **KEY)) == ["PRT000106"]


def test_a_repeat_with_a_trailing_slash_is_the_same_request(pair, call):
    portal = pair.clients["portal"]
    first = portal.post("/api/v1/hubs", hub("One"), content_type="application/json", **KEY)
    again = portal.post("/api/v1/hubs/", hub("One"), content_type="application/json", **KEY)
    assert (again.status_code, again.content) == (200, first.content)


def test_a_refused_request_leaves_its_key_free(pair, call):
    portal = pair.clients["portal"]
    assert send(portal, call, pair.own, "{}", **KEY).status_code == 400
    assert send(portal, call, pair.own, hub("One"), **KEY).status_code == 200


def test_a_key_is_its_callers_own(pair, call):
    theirs = clients_of(pair.globex)["portal"]
    mine = send(pair.clients["portal"], call, pair.own, hub("One"), **KEY).json()
    other = send(theirs, call, pair.other, hub("One"), **KEY).json()
    assert mine["hubId"] != other["hubId"]
    assert other["tenantId"] == str(pair.globex.tenant.id)


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "line\u0085break"])
def test_what_cannot_be_a_key_is_refused(pair, call, key):
    before = snapshot()
    answer = send(pair.clients["portal"], call, pair.own, hub("One"), HTTP_IDEMPOTENCY_KEY=key)
    assert (answer.status_code, codes_of(answer)) == (400, ["PRT000201"])
    assert snapshot() == before


def test_after_a_day_a_key_is_free_again(pair, call):
    portal = pair.clients["portal"]
    first = send(portal, call, pair.own, hub("One"), **KEY).json()
    Hub.objects.filter(pk=first["hubId"]).delete()
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        again = send(portal, call, pair.own, hub("One"), **KEY).json()
    assert again["hubId"] != first["hubId"]


def test_old_answers_are_forgotten(pair, call):
    send(pair.clients["portal"], call, pair.own, hub("One"), **KEY)
    assert do_delete_expired_records() == 0
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        assert do_delete_expired_records() == 1
    assert not IdempotencyRecord.objects.exists()


def test_a_key_that_another_request_has_just_used_is_not_forgotten(pair):
    """Between the look for the key and the clearing of one that is over, the other request may have ended."""
    slot = {"caller": "client:x", "key": "order-17"}

    def other_ends(execute, sql, params, many, context):
        found = execute(sql, params, many, context)
        if sql.startswith("SELECT") and not made:
            made.append(1)
            IdempotencyRecord.objects.create(**slot, digest="d", status=200, answer=None)
        return found

    made: list[int] = []
    with connection.execute_wrapper(other_ends):
        assert idempotency._kept(slot, "d", "PRT") is None
    assert IdempotencyRecord.objects.filter(**slot).exists()
