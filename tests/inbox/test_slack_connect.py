"""Slack is connected: by OAuth in the admin and over the API, and again after its access ended; tokens are renewed."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from engine.models import Endpoint, Notice
from hubster.lib import clock
from hubster.lib.http_policy import ConnectFailure
from portal.actions.workspaces import do_choose_place, do_renew
from portal.models import AuditEntry, Authorization, Integration
from tests import pseudo
from tests.background import do_all, do_jobs
from tests.cast import PASSWORD
from tests.inbox.slack_peer import HOOK, form_of
from tests.inbox.test_slack import flow, shop, slack, talk, write  # noqa: F401
from tests.portal.test_translated_pages import NAMES
from tests.two_tenants import codes_of

ADD, CALLBACK = "/admin/portal/integration/add/", "/integrations/slack/callback"
AUTHORIZE = "/api/v1/integrations/slack/authorize"


def create(party, nonce="mine", code="code-1", hub=None, **more):
    body = {"channelId": "Slack", "name": "Slack", "configuration": {"code": code, "nonce": nonce}, **more}
    return party.api("portal").post(f"/api/v1/integrations/hubs/{(hub or party.hub).pk}", body, format="json")


def authorize(party, hub=None):
    return party.api("portal").post(AUTHORIZE, {"hubId": str((hub or party.hub).pk)}, format="json")


def begun(browser, party, **more):
    """(the query of Slack's page, the answer) of who begins in the admin."""
    answer = browser.post(f"{ADD}?channel=Slack", {"hub": party.hub.pk, "name": "Our Slack", **more})
    assert answer.status_code == 200
    return parse_qs(urlsplit(answer.context["url"]).query), answer


# --- over the API --------------------------------------------------------------------------------------------
def test_a_code_becomes_an_integration(acme, slack, still):  # noqa: F811
    answer = create(acme)
    assert answer.status_code == 200, answer.content
    kept = answer.json()["configuration"]
    assert {key: kept[key] for key in ("botAccessToken", "appAccessToken", "teamId", "botName")} == {
        "botAccessToken": "xoxb-1", "appAccessToken": "xoxp-1", "teamId": "T1", "botName": "hubster"}  # fmt: skip
    assert (kept["defaultPublicChannel"], kept["channelId"]) == ("general", "C1")
    assert {"code", "nonce"}.isdisjoint(kept)
    assert (answer.json()["integrationTypeId"], answer.json()["inboundId"]) == ("Agent", "T1")
    exchange = slack.to("oauth.v2.access")[0]
    assert form_of(exchange) == {"code": "code-1"}
    assert exchange.headers["Authorization"].startswith("Basic ")


def test_a_workspace_serves_one_integration_in_all_hubs(acme, globex, slack, still):  # noqa: F811
    assert create(acme).status_code == 200
    assert codes_of(create(acme, name="Again")) == ["PRT000701"]
    assert codes_of(create(globex)) == ["PRT000701"]
    assert Integration.objects.filter(channel="Slack").count() == 1


def test_a_nonce_of_ours_is_good_once_for_its_hub(acme, globex, slack, still, settings):  # noqa: F811
    given = authorize(acme).json()
    query = parse_qs(urlsplit(given["url"]).query)
    assert given["url"].startswith("https://slack.com/oauth/v2/authorize?")
    assert query["state"] == [given["nonce"]]
    assert query["redirect_uri"] == [f"{settings.PUBLIC_URL}{CALLBACK}"]
    assert "chat:write" in query["scope"][0]
    assert codes_of(create(globex, nonce=given["nonce"])) == ["PRT000202"]
    assert create(acme, nonce=given["nonce"]).status_code == 200
    assert form_of(slack.to("oauth.v2.access")[0])["redirect_uri"] == f"{settings.PUBLIC_URL}{CALLBACK}"
    refused = create(acme, nonce=given["nonce"], name="Again")
    assert codes_of(refused) == ["PRT000202"]
    assert "configuration.nonce" in refused.content.decode()


def test_a_nonce_of_ours_is_good_for_ten_minutes(acme, slack, still):  # noqa: F811
    nonce = authorize(acme).json()["nonce"]
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        assert codes_of(create(acme, nonce=nonce)) == ["PRT000202"]
        authorize(acme)
        assert Authorization.objects.count() == 1, "old ones are swept away"
    assert not slack.asked


def test_the_neighbours_hub_does_not_exist(acme, globex, slack):  # noqa: F811
    assert codes_of(authorize(acme, globex.hub)) == ["PRT000699"]
    assert codes_of(acme.api("portal").post(AUTHORIZE, {"hubId": "7"}, format="json")) == ["PRT000203"]
    assert codes_of(acme.api("portal").post(AUTHORIZE, {}, format="json")) == ["PRT000301"]


@pytest.mark.parametrize(("fault", "word"), [("invalid_code", "ten minutes"), ("bad_client_secret", "operator")])
def test_what_slack_refuses_leaves_no_row(acme, slack, still, fault, word):  # noqa: F811
    slack.faults["oauth.v2.access"] = [fault]
    answer = create(acme)
    assert (answer.status_code, codes_of(answer)) == (400, ["PRT000202"])
    assert word in answer.content.decode()
    assert not Integration.objects.filter(channel="Slack").exists()


def test_slack_that_is_away_leaves_no_row(acme, slack, still):  # noqa: F811
    slack.faults["oauth.v2.access"] = [ConnectFailure("Nobody there.")]
    assert create(acme).status_code == 503
    slack.faults["oauth.v2.access"] = ["internal_error"]
    assert create(acme).status_code == 503
    assert not Integration.objects.filter(channel="Slack").exists()


def test_an_app_of_a_whole_organization_is_refused(acme, slack, still):  # noqa: F811
    slack.tokens["team"] = None
    assert "whole organization" in create(acme).content.decode()


def test_without_an_app_of_its_own_an_installation_says_so(acme, slack, settings):  # noqa: F811
    settings.HUBSTER_SLACK_CLIENT_ID = ""
    assert (authorize(acme).status_code, codes_of(authorize(acme))) == (501, ["PRT000103"])
    answer = create(acme)
    assert codes_of(answer) == ["PRT000202"]
    assert "HUBSTER_SLACK_CLIENT_ID" in answer.content.decode()
    assert not slack.asked


# --- in the admin ----------------------------------------------------------------------------------------------
def test_add_to_slack_leads_there_and_back(acme, slack, still):  # noqa: F811
    browser = acme.browser("manager")
    query, _answer = begun(browser, acme)
    back = browser.get(CALLBACK, {"code": "code-1", "state": query["state"][0]})
    row = Integration.objects.get(channel="Slack")
    assert back["Location"] == f"/admin/portal/integration/{row.pk}/change/#workspace"
    assert (row.name, row.hub, row.inbound_id) == ("Our Slack", acme.hub, "T1")
    page = browser.get(f"/admin/portal/integration/{row.pk}/change/").content.decode()
    assert "Workspace Shop" in page
    assert "New threads begin in #general" in page
    assert "xoxb-1" not in page
    assert AuditEntry.objects.filter(object_id=str(row.pk), actor_name="acme-manager").exists()
    assert browser.get(CALLBACK, {"code": "code-1", "state": query["state"][0]}).status_code == 400


def test_nobody_else_can_end_what_a_member_began(acme, globex, slack, still, client):  # noqa: F811
    query, _answer = begun(acme.browser("manager"), acme)
    given = {"code": "code-1", "state": query["state"][0]}
    for browser in (client, acme.browser("owner"), globex.browser("manager"), acme.browser("agent")):
        assert browser.get(CALLBACK, given).status_code == 403
    assert not Integration.objects.filter(channel="Slack").exists()
    assert not slack.asked


def test_who_may_not_add_integrations_sees_no_form(acme, slack):  # noqa: F811
    assert acme.browser("agent").get(f"{ADD}?channel=Slack").status_code == 403


def test_who_does_not_agree_is_told_that_nothing_was_connected(acme, slack):  # noqa: F811
    browser = acme.browser("manager")
    query, _answer = begun(browser, acme)
    back = browser.get(CALLBACK, {"error": "access_denied", "state": query["state"][0]}, follow=True)
    assert "Nothing was connected" in back.content.decode()
    assert not slack.asked


def test_a_taken_name_and_a_neighbours_hub_are_told_at_the_form(acme, globex, slack):  # noqa: F811
    browser = acme.browser("manager")
    page = browser.post(f"{ADD}?channel=Slack", {"hub": acme.hub.pk, "name": "Customers"})
    assert "already exists" in page.content.decode()
    page = browser.post(f"{ADD}?channel=Slack", {"hub": globex.hub.pk, "name": "Slack"})
    assert page.context["form"].errors["hub"]
    assert not Authorization.objects.exists()


def test_what_slack_refuses_is_told_after_the_way_back(acme, slack, still):  # noqa: F811
    browser = acme.browser("manager")
    query, _answer = begun(browser, acme)
    slack.faults["oauth.v2.access"] = ["invalid_code"]
    back = browser.get(CALLBACK, {"code": "old", "state": query["state"][0]}, follow=True)
    assert "not accepted by Slack (invalid_code)" in back.content.decode()


def test_a_nonce_of_the_api_shows_its_code_and_connects_nothing(acme, slack, client):  # noqa: F811
    nonce = authorize(acme).json()["nonce"]
    page = client.get(CALLBACK, {"code": "code-<1>", "state": nonce})
    assert page.status_code == 200
    assert "code-&lt;1&gt;" in page.content.decode()
    assert page["Referrer-Policy"] == "no-referrer"
    assert not slack.asked
    assert client.get(CALLBACK, {"state": nonce}).status_code == 200
    assert client.get(CALLBACK, {"code": "x", "state": "forged"}).status_code == 400
    assert client.get("/integrations/telegram/callback", {"code": "x", "state": nonce}).status_code == 400
    assert client.post(CALLBACK).status_code == 405


@pytest.mark.parametrize("page", ["add", "leave", "workspace", "old"])
def test_every_page_of_it_is_translated(acme, slack, shop, page, settings):  # noqa: F811
    browser, change = acme.browser("manager"), f"/admin/portal/integration/{shop.pk}/change/"
    with pseudo.bracketed():
        if page == "leave":
            answer = browser.post(f"/admin/portal/integration/{shop.pk}/connection/agree/")
        else:
            answer = browser.get({"add": f"{ADD}?channel=Slack", "workspace": change, "old": CALLBACK}[page])
    known = (
        NAMES
        | pseudo.stored_texts()
        | {"Shop", "Slack", "general", f"{settings.PUBLIC_URL}{HOOK}", "T1", "C1", "U0", "A1"}
    )
    found = pseudo.bare_texts(answer.content.decode(), known)
    assert [text for text in found if not text.startswith("(hidden, ")] == []


# --- again -------------------------------------------------------------------------------------------------------
def test_reconnecting_sends_what_waited(acme, slack, shop, talk):  # noqa: F811
    do_choose_place(shop, "support")
    slack.event({"type": "app_uninstalled"})
    do_all("inbox")
    write(acme, talk)
    assert not slack.posted
    browser = acme.browser("manager")
    answer = browser.post(f"/admin/portal/integration/{shop.pk}/connection/agree/")
    query = parse_qs(urlsplit(answer.context["url"]).query)
    slack.tokens["access_token"] = "xoxb-2"
    browser.get(CALLBACK, {"code": "code-2", "state": query["state"][0]})
    flow(talk)
    assert [post["text"] for post in slack.posted][1:] == ["Where is my tea?"]
    assert slack.posted[0]["channel"] == "C2", "the chosen channel stays"
    assert not Endpoint.objects.get(destination=shop).paused


def test_reconnecting_takes_no_other_workspace(acme, slack, shop):  # noqa: F811
    browser = acme.browser("manager")
    answer = browser.post(f"/admin/portal/integration/{shop.pk}/connection/agree/")
    query = parse_qs(urlsplit(answer.context["url"]).query)
    slack.tokens["team"] = {"id": "T2", "name": "Other"}
    page = browser.get(CALLBACK, {"code": "code-2", "state": query["state"][0]}, follow=True)
    assert "another workspace" in page.content.decode()
    shop.refresh_from_db()
    assert (shop.inbound_id, shop.configuration["teamId"]) == ("T1", "T1")


# --- the channel ---------------------------------------------------------------------------------------------------
def test_another_channel_is_for_new_threads(acme, slack, shop, talk):  # noqa: F811
    write(acme, talk)
    path = f"/api/v1/integrations/slack/{shop.pk}/channel"
    answer = acme.api("portal").post(path, {"channel": "#Support"}, format="json")
    assert answer.status_code == 200, answer.content
    assert answer.json()["configuration"]["defaultPublicChannel"] == "support"
    assert form_of(slack.to("conversations.join")[0]) == {"channel": "C2"}
    write(acme, talk, "Hello?")
    write(acme, acme.establish())
    assert [post["channel"] for post in slack.posted] == ["C1", "C1", "C1", "C2", "C2"]
    assert acme.api("portal").post(path, {"channel": "C1"}, format="json").status_code == 200


def test_a_channel_that_cannot_be_had_changes_nothing(acme, globex, slack, shop):  # noqa: F811
    path, api = f"/api/v1/integrations/slack/{shop.pk}/channel", acme.api("portal")
    before = Integration.objects.get(pk=shop.pk).configuration
    for wanted, codes in (("nowhere", ["PRT000202"]), ("C404", ["PRT000202"]), ("", ["PRT000301"]), (7, ["PRT000302"])):
        assert codes_of(api.post(path, {"channel": wanted}, format="json")) == codes
    slack.faults["conversations.join"] = ["missing_scope"]
    assert "/invite" in api.post(path, {"channel": "support"}, format="json").content.decode()
    slack.faults["conversations.list"] = [ConnectFailure("Nobody there.")]
    assert api.post(path, {"channel": "support"}, format="json").status_code == 503
    assert Integration.objects.get(pk=shop.pk).configuration == before
    assert globex.api("portal").post(path, {"channel": "support"}, format="json").status_code == 404
    other = api.post(f"/api/v1/integrations/slack/{acme.agent.pk}/channel", {"channel": "support"}, format="json")
    assert (other.status_code, codes_of(other)) == (403, ["PRT000110"])


def test_the_channel_is_chosen_on_the_integrations_page(acme, slack, shop):  # noqa: F811
    address = f"/admin/portal/integration/{shop.pk}/connection/place/"
    page = acme.browser("manager").post(address, {"channel": "support"}, follow=True).content.decode()
    assert "New threads begin in #support" in page
    assert "names no channel" in acme.browser("manager").post(address, {"channel": "x"}, follow=True).content.decode()
    assert acme.browser("agent").post(address, {"channel": "general"}).status_code == 403


# --- tokens that end -----------------------------------------------------------------------------------------------
@pytest.fixture
def rotating(transactional_db, acme, slack, still):  # noqa: F811
    slack.tokens.update(expires_in=43_200, refresh_token="xoxe-1")
    row = acme.add("Slack", "Slack", code="code-1", nonce="mine")
    slack.tokens.update(access_token="xoxb-2", refresh_token="xoxe-2")
    slack.asked.clear()
    return row


def test_tokens_are_renewed_once_before_they_end(acme, slack, rotating):  # noqa: F811
    do_jobs()
    assert not slack.to("oauth.v2.access")
    with time_machine.travel(clock.now() + timedelta(hours=7), tick=False):
        do_jobs()
        do_jobs()
        (request,) = slack.to("oauth.v2.access")
        assert form_of(request) == {"grant_type": "refresh_token", "refresh_token": "xoxe-1"}
        row = Integration.objects.get(pk=rotating.pk)
        assert (row.configuration["botAccessToken"], row.configuration["refreshToken"]) == ("xoxb-2", "xoxe-2")
        assert row.renew_at == clock.now() + timedelta(hours=6)
        talk = acme.establish()  # noqa: F811
        write(acme, talk)
        assert len(slack.posted) == 2


def test_a_renewal_that_slack_refuses_pauses_with_an_alert(acme, slack, rotating):  # noqa: F811
    slack.faults["oauth.v2.access"] = ["invalid_refresh_token"]
    with time_machine.travel(clock.now() + timedelta(hours=7), tick=False):
        do_jobs()
    assert Endpoint.objects.get(destination=rotating).paused
    assert "Reconnect" in Notice.objects.get(integration=rotating).text


def test_a_renewal_that_slack_did_not_answer_is_tried_again(acme, slack, rotating):  # noqa: F811
    slack.faults["oauth.v2.access"] = [ConnectFailure("Nobody there.")]
    with time_machine.travel(clock.now() + timedelta(hours=7), tick=False):
        do_jobs()
    with time_machine.travel(clock.now() + timedelta(hours=7, minutes=6), tick=False):
        do_jobs()
    assert Integration.objects.get(pk=rotating.pk).configuration["botAccessToken"] == "xoxb-2"
    assert not Notice.objects.exists()


def test_a_renewal_changes_nothing_of_what_was_connected_meanwhile(acme, slack, rotating):  # noqa: F811
    def reconnect(request):
        given = {**rotating.configuration, "botAccessToken": "xoxb-9"}
        rotating.configuration, rotating.renew_at = given, clock.now() + timedelta(hours=6)
        rotating.save()
        return answered(request)

    answered = slack.oauth_v2_access
    slack.oauth_v2_access = reconnect
    row = Integration.objects.get(pk=rotating.pk)
    with time_machine.travel(clock.now() + timedelta(hours=7), tick=False):
        do_renew(row)
    assert Integration.objects.get(pk=rotating.pk).configuration["botAccessToken"] == "xoxb-9"


def test_no_secret_stands_in_the_audit_log(acme, slack, rotating):  # noqa: F811
    do_choose_place(rotating, "support")
    kept = json.dumps(list(AuditEntry.objects.values()), default=str)
    assert "support" in kept
    for secret in ("xoxb-1", "xoxp-1", "xoxe-1", "code-1", PASSWORD):
        assert secret not in kept
