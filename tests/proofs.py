"""For every API call the test that proves it. Each of these tests is watched while it runs: it must make the call.

python -m tests.proofs --write      writes docs/calls.md anew
"""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.signals import request_started
from django.urls import Resolver404, resolve

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "calls.md"
_PRINTED = "tests/openapi/test_documented_examples.py::test_a_printed_request_gets_an_answer_of_the_printed_shape"
_INTEGRATIONS, _COMMANDS = "tests/portal/test_integrations.py::", "tests/portal/test_commands.py::"
_CONVERSATIONS, _ACTIVITIES = "tests/engine/test_conversations.py::", "tests/engine/test_activities.py::"
_CONTACTS = "tests/inbox/test_contacts.py::"
_COSTS = "tests/inbox/test_costs.py::"
_OPERATIONS = "tests/engine/test_operations_api.py::"
_ENDPOINTS = "tests/engine/test_endpoints_api.py::"
_DISCLOSURE = "tests/portal/test_disclosure.py::"
_ROUND_TRIP = f"{_COMMANDS}test_a_command_comes_back_as_it_was_sent_from_every_call"
_UPDATE = f"{_COMMANDS}test_an_update_changes_only_what_is_given"

# (call as tests/api_table.py shows it, the test). `printed: x` is the documentation's own example of that name.
PROOFS: dict[str, str] = {
    "POST /connect/token": "tests/portal/test_token_endpoint.py::test_the_token_answer_is_as_documented",
    "GET /.well-known/openid-configuration":
        "tests/portal/test_token_endpoint.py::test_the_discovery_document_names_the_grants_that_there_are",
    "GET /.well-known/jwks.json":
        "tests/portal/test_token_endpoint.py::test_a_token_verifies_with_the_published_keys_and_says_who_calls[portal]",
    "POST /engine-chat-hub/negotiate": "tests/engine/test_negotiate.py::test_both_versions_are_negotiated",
    "GET /api/openapi.json": "tests/openapi/test_document.py::test_everybody_may_read_the_document_from_anywhere",
    "GET /api/v1/integrations/web-chat/token/{webchat_id}":
        "tests/engine/test_visitors.py::test_a_page_gets_a_token_only_from_an_allowed_origin",
    "GET /api/v1/tenants/clients/{client_id}": "printed: get a client",
    "POST /api/v1/tenants/clients/{client_id}/tokens": "printed: add a client token",
    "DELETE /api/v1/tenants/clients/{client_id}/tokens/{secret_id}": "printed: delete a client token",
    "GET /api/v1/hubs": "printed: list hubs",
    "POST /api/v1/hubs": "printed: create a hub",
    "GET /api/v1/hubs/{hub_id}": "printed: get a hub",
    "PUT /api/v1/hubs/{hub_id}": "printed: update a hub",
    "DELETE /api/v1/hubs/{hub_id}": "printed: delete a hub",
    "GET /api/v1/hubs/{hub_id}/disclosure": f"{_DISCLOSURE}test_a_new_hub_has_it_on_and_an_answer_shows_all_lines",
    "PUT /api/v1/hubs/{hub_id}/disclosure": f"{_DISCLOSURE}test_what_is_given_is_changed_and_the_rest_stays",
    "GET /api/v1/integrations": f"{_INTEGRATIONS}test_a_list_can_be_of_one_hub_and_of_one_channel",
    "POST /api/v1/integrations/hubs/{hub_id} (create)": "printed: create System",
    "POST /api/v1/integrations/hubs/{integration_id} (update)": "printed: update without a type",
    "GET /api/v1/integrations/hubs/{hub_id}/Direct":
        f"{_INTEGRATIONS}test_a_list_can_be_of_one_hub_and_of_one_channel",
    "GET /api/v1/integrations/{integration_id}":
        f"{_INTEGRATIONS}test_a_documented_integration_is_created_and_read_back",
    "PUT /api/v1/integrations/{integration_id}":
        f"{_INTEGRATIONS}test_an_update_on_creates_path_and_by_put_changes_only_what_is_given[put]",
    "DELETE /api/v1/integrations/{integration_id}":
        f"{_INTEGRATIONS}test_a_deleted_integration_is_gone_with_its_conversations",
    "POST /api/v1/integrations/slack/authorize":
        "tests/inbox/test_slack_connect.py::test_a_nonce_of_ours_is_good_once_for_its_hub",
    "POST /api/v1/integrations/slack/{slack_id}/channel":
        "tests/inbox/test_slack_connect.py::test_another_channel_is_for_new_threads",
    "GET /api/v1/integrations/{observer_id}/endpoint": f"{_ENDPOINTS}test_an_endpoint_shows_how_it_is_doing",
    "PUT /api/v1/integrations/{observer_id}/endpoint":
        "tests/engine/test_lanes.py::test_messages_no_longer_wait_for_one_that_failed_when_order_is_given_up",
    "POST /api/v1/integrations/{observer_id}/endpoint/pause":
        f"{_ENDPOINTS}test_a_paused_endpoint_gets_nothing_until_it_is_resumed",
    "POST /api/v1/integrations/{observer_id}/endpoint/resume":
        f"{_ENDPOINTS}test_a_paused_endpoint_gets_nothing_until_it_is_resumed",
    "POST /api/v1/integrations/{observer_id}/endpoint/test":
        f"{_ENDPOINTS}test_a_test_message_is_signed_and_can_be_told_from_a_real_one",
    "GET /api/v1/integrations/{integration_id}/costs": f"{_COSTS}test_the_api_shows_the_sum_of_a_month",
    "GET /api/v1/deliveries": f"{_OPERATIONS}test_a_list_can_be_of_an_integration_a_hub_a_status_and_a_span_of_time",
    "GET /api/v1/deliveries/{delivery_id}": f"{_OPERATIONS}test_a_delivery_shows_every_attempt_without_its_secrets",
    "POST /api/v1/deliveries/{delivery_id}/replay":
        f"{_OPERATIONS}test_a_failed_delivery_is_sent_anew_with_the_same_id",
    "POST /api/v1/deliveries/replay": f"{_OPERATIONS}test_all_that_failed_is_sent_anew_in_the_order_it_was_said",
    "POST /api/v1/deliveries/{delivery_id}/send-now":
        f"{_OPERATIONS}test_a_waiting_delivery_is_sent_now_behind_what_holds_it_up",
    "POST /api/v1/deliveries/send-now": f"{_OPERATIONS}test_everything_that_waits_is_sent_now",
    **{
        f"{call} /api/v1/commands/{kind}/{tail.format(kind[:-1])}": proof
        for kind in ("transfers", "responses", "dynamics")
        for call, tail, proof in (
            ("GET", "hub/{{hub_id}}", f"{_ROUND_TRIP}[{kind}]"),
            ("POST", "{{hub_id}}", f"{_ROUND_TRIP}[{kind}]"),
            ("GET", "{{{}_id}}", f"{_ROUND_TRIP}[{kind}]"),
            ("PUT", "{{{}_id}}", f"{_UPDATE}[{kind}]"),
            ("DELETE", "{{{}_id}}", f"{_ROUND_TRIP}[{kind}]"),
        )
    },
    "POST /api/v1/conversations/establish": "printed: establish",
    "GET /api/v1/conversations/hubs/{hub_id}/established":
        f"{_CONVERSATIONS}test_a_hubs_open_conversations_are_listed_newest_first",
    "GET /api/v1/conversations/{conversation_id}": "printed: get a conversation",
    "GET /api/v1/conversations/{conversation_id}/disclosures":
        "tests/inbox/test_disclosure_ledger.py::test_a_conversation_shows_when_its_customer_was_told",
    "GET /api/v1/conversations/{conversation_id}/established":
        f"{_CONVERSATIONS}test_established_answers_as_establish_did",
    "GET /api/v1/conversations/{conversation_id}/costs":
        f"{_COSTS}test_the_api_shows_those_of_a_conversation_and_of_a_delivery",
    "PUT /api/v1/conversations/{conversation_id}/properties":
        "tests/engine/test_properties.py::test_the_business_adds_replaces_and_takes_away",
    "POST /api/v1/conversations/{conversation_id}/close":
        f"{_CONVERSATIONS}test_closing_shows_the_time_and_closing_again_changes_nothing",
    "POST /api/v1/hubs/{hub_id}/preview":
        "tests/engine/test_preview.py::test_every_customer_channel_of_the_hub_shows_the_message",
    "GET /api/v1/contacts": f"{_CONTACTS}test_the_newest_come_first_and_pages_follow_each_other",
    "GET /api/v1/contacts/{contact_id}": f"{_CONTACTS}test_a_contact_shows_its_addresses_and_conversations",
    "PUT /api/v1/contacts/{contact_id}": f"{_CONTACTS}test_an_update_changes_what_is_given_and_takes_away_what_is_null",
    "POST /api/v1/contacts/{contact_id}/merge": f"{_CONTACTS}test_an_undo_gives_exactly_the_state_before",
    "POST /api/v1/contacts/{contact_id}/unmerge": f"{_CONTACTS}test_an_undo_gives_exactly_the_state_before",
    "GET /api/v1/interactions/activities/{conversation_id}":
        "tests/openapi/test_documented_examples.py::test_an_activity_is_shown_in_the_printed_shape",
    "POST /inbound/customer/v1/direct/activity/{conversation_id}": "printed: send a message",
    "POST /inbound/business/v1/direct/activity/{conversation_id}":
        f"{_ACTIVITIES}test_the_business_path_needs_an_agent_or_bot_as_sender",
    "POST /inbound/customer/v1/web-chat/{webchat_conversation_id}":
        "tests/engine/test_visitors.py::test_a_visitor_speaks_as_the_customer_whatever_it_claims",
    "POST /inbound/customer/v1/web-chat/{webchat_conversation_id}/files":
        "tests/engine/test_files.py::test_a_visitors_file_becomes_the_message_that_it_is",
    "POST /inbound/business/v1/direct/activity/{conversation_id}/files":
        "tests/engine/test_files_business.py::test_an_agents_file_is_said_by_the_agent",
}  # fmt: skip


def proof_of(call: str) -> str:
    """The whole id of the test that proves a call."""
    proof = PROOFS[call]
    return f"{_PRINTED}[{proof.removeprefix('printed: ')}]" if proof.startswith("printed: ") else proof


def calls_of(nodeid: str) -> list[str]:
    """What a test proves; one that runs with several parameters proves it with each of them, unless one is named."""
    plain = nodeid.partition("[")[0]
    return [call for call in PROOFS if proof_of(call) in (nodeid, plain)]


@contextmanager
def watched(nodeid: str) -> Iterator[None]:
    """Fails when a test that is to prove calls does not make them all."""
    wanted = {_route_of(call) for call in calls_of(nodeid)}
    made: set[str] = set()

    def note(environ: dict[str, Any], **_: Any) -> None:
        try:
            found = resolve(environ["PATH_INFO"])
        except Resolver404:
            return
        made.add(f"{environ['REQUEST_METHOD']} {found.route}")

    if wanted:
        request_started.connect(note)
    try:
        yield
    finally:
        request_started.disconnect(note)
    assert wanted <= made, f"{nodeid} is to prove {sorted(wanted - made)}, but does not make these calls."


def _route_of(call: str) -> str:
    from tests.api_table import CALLS

    found = next(row for row in CALLS if str(row) == call)
    return f"{found.method} {found.route}"


def page() -> str:
    """docs/calls.md."""
    from tests.api_table import CALLS

    lines = [_INTRODUCTION, "| call | token | proven by |", "| --- | --- | --- |"]
    for call in CALLS:
        path = re.sub(r"\{(\w+?)(_id)?\}", lambda found: "{" + found[1].replace("_", " ") + "}", f"/{call.path}")
        lines.append(f"| `{call.method} {path}`{call.note} | {call.api} | {_shown(PROOFS[str(call)])} |")
    return "\n".join(lines) + "\n"


def _shown(proof: str) -> str:
    if proof.startswith("printed: "):
        return f"documented example: {proof.removeprefix('printed: ')}"
    file, _, name = proof.partition("::")
    words = re.sub(r"\[(.*)\]", r": \1", name.removeprefix("test_")).replace("_", " ")
    return f"`{file.removeprefix('tests/')}`: {words}"


_INTRODUCTION = """# Every call and its proof

Each test is named in plain words. The suite fails when a call has no row here, when a named test is not there, and
when it ends without having made its call. A *documented example* is a request of the public documentation: it is sent,
and the answer has every property that is printed there and no other (`openapi/test_documented_examples.py`).

Beside its own proof every call goes through the tests of all calls: another tenant's ids answer like random ones,
faulty input gets its documented error and changes nothing, answers fit the OpenAPI document, and a POST that is
repeated with its `Idempotency-Key` changes nothing.
"""

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubster.settings")
    import django

    django.setup()
    if "--write" in sys.argv:
        PAGE.write_text(page())
