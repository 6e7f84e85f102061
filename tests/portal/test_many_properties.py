"""A body of very many unknown or deeply nested properties is answered without looking at each of them again."""

import json

import pytest
from pydantic import ValidationError

from engine.adapters import get
from hubster.lib.drf import MOST_FAULTS
from portal.api.hubs import HubWrite
from tests.two_tenants import fault_of

JUNK = {f"k{number}": 1 for number in range(60_000)}
DIRECT = {"channelId": "Direct", "name": "n"}
REFUSED = [
    ("/api/v1/hubs", JUNK),
    ("/api/v1/integrations/hubs/{hub_id}", {**DIRECT, "configuration": {"integrationType": "Bot"}, **JUNK}),
    ("/api/v1/integrations/hubs/{hub_id}", {**DIRECT, "configuration": {"integrationType": "Bot", **JUNK}}),
    ("/api/v1/commands/dynamics/{hub_id}", JUNK),
    ("/api/v1/deliveries/replay", JUNK),
]


@pytest.mark.parametrize(("path", "body"), REFUSED)
def test_as_many_faults_are_made_as_an_answer_lists(pair, path, body):
    url = path.format(**pair.own.__dict__)
    answer = pair.clients["portal"].post(url, json.dumps(body), content_type="application/json")
    assert (answer.status_code, fault_of(answer)) == (400, None)
    assert len(answer.json()["errors"]) == MOST_FAULTS


def test_a_serializer_does_not_keep_more_faults_than_are_listed():
    given, faults = HubWrite(context={"tenant_id": None, "hub_id": None})._renamed({**JUNK, "NAME": "n"})
    assert given == {"name": "n"}, "what is known is found behind what is not"
    assert len(faults) == MOST_FAULTS


def test_a_model_does_not_judge_more_unknown_properties_than_are_listed():
    with pytest.raises(ValidationError) as refused:
        get("Direct").config.model_validate({**JUNK, "INTEGRATIONTYPE": "Bot"})
    assert refused.value.error_count() == MOST_FAULTS


@pytest.mark.parametrize("body", [{**JUNK, "MESSAGE": {"type": "text", "text": "x"}},
                                  {"message": {"type": "text", **JUNK, "TEXT": "x"}}])  # fmt: skip
def test_in_an_activity_unknown_properties_are_ignored(pair, body):
    path = f"/inbound/customer/v1/direct/activity/{pair.own.conversation_id}"
    answer = pair.clients["engine"].post(path, json.dumps(body), content_type="application/json")
    assert answer.status_code == 200, answer.content


@pytest.mark.parametrize("raw", ["[" * 400_000 + "]" * 400_000, '{"a":' * 100_000 + "1" + "}" * 100_000,
                                 '{"message": {"items": ' + '[{"items": ' * 30 + "1" + "}]" * 30 + "}}"])  # fmt: skip
def test_deep_nesting_is_refused(pair, raw):
    path = f"/inbound/customer/v1/direct/activity/{pair.own.conversation_id}"
    answer = pair.clients["engine"].post(path, raw, content_type="application/json")
    assert (answer.status_code, fault_of(answer)) == (400, None)
