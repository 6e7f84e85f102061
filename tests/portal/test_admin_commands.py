"""The pages of commands: friendly rows for messages, faults beside them, keys shown once, everything by the actions."""

import json
import re

import pytest
from django.urls import reverse

from portal.admin.responses import Row, item_of, row_of
from portal.models import AuditEntry, DynamicCommand, Integration, ResponseCommand, TransferCommand
from tests.cast import TenantFixture

CARD = {"type": "card", "title": "Our shop", "subtitle": "Main street 1"}
LINK = {"type": "text", "actions": [{"type": "link", "title": "The map", "url": "https://a.example.com/map"}]}


def url(model, way: str, *args) -> str:
    return reverse(f"admin:portal_{model._meta.model_name}_{way}", args=args)


def errors(answer) -> dict:
    return answer.context["adminform"].form.errors


def response_form(party: TenantFixture, *rows: tuple[str, str], **more):
    return {
        "hub": party.hub.pk, "name": "hours", "category": "shop", "description": "", "to": "customer",
        "kind": "message", "responses-kind": [kind for kind, _ in rows],
        "responses-content": [content for _, content in rows], **more,
    }  # fmt: skip


def transfer_form(party: TenantFixture, **more):
    return {
        "hub": party.hub.pk, "name": "checkout", "description": "", "url": "https://a.example.com/pay",
        "link_description": "To the checkout", "mount_delay": "1500", **more,
    }  # fmt: skip


def dynamic_form(party: TenantFixture, **more):
    return {"hub": party.hub.pk, "name": "order", "category": "", "description": "", "url": "https://a.example.com/o",
            **more}  # fmt: skip


FORMS = {
    TransferCommand: transfer_form,
    ResponseCommand: lambda party, **more: response_form(party, ("text", "Hi"), **more),
    DynamicCommand: dynamic_form,
}


@pytest.mark.parametrize("model", FORMS)
def test_a_manager_adds_changes_and_deletes(acme, model):
    browser, form = acme.browser("manager"), FORMS[model]
    assert browser.post(url(model, "add"), form(acme)).status_code == 302
    made = model.objects.get()
    assert made.hub == acme.hub
    assert browser.get(url(model, "change", made.pk)).status_code == 200
    assert browser.post(url(model, "change", made.pk), form(acme, description="Other")).status_code == 302
    assert model.objects.get().description == "Other"
    assert browser.post(url(model, "delete", made.pk), {"post": "yes"}).status_code == 302
    assert not model.objects.exists()
    verbs = [entry.action.partition(".")[2] for entry in AuditEntry.objects.filter(object_id=str(made.pk))]
    assert verbs == ["deleted", "updated", "created"]


@pytest.mark.parametrize("model", FORMS)
def test_an_agent_does_not_see_commands(acme, model):
    browser = acme.browser("agent")
    assert browser.get(url(model, "changelist")).status_code == 403
    assert browser.post(url(model, "add"), FORMS[model](acme)).status_code == 403
    assert not model.objects.exists()


@pytest.mark.parametrize("model", FORMS)
def test_the_hub_is_chosen_once(acme, globex, model):
    browser = acme.browser("manager")
    browser.post(url(model, "add"), FORMS[model](acme))
    made = model.objects.get()
    other = acme.tenant.hubs.create(name="Other", description="d")
    assert 'name="hub"' not in browser.get(url(model, "change", made.pk)).content.decode()
    browser.post(url(model, "change", made.pk), FORMS[model](acme, hub=other.pk))
    assert model.objects.get().hub == acme.hub


@pytest.mark.parametrize("model", FORMS)
def test_without_a_hub_one_is_asked_for(acme, model):
    acme.hub.delete()
    assert "Add a hub first" in acme.browser("manager").get(url(model, "add")).content.decode()


@pytest.mark.parametrize("model", FORMS)
def test_a_taken_name_is_an_error_of_the_name(acme, globex, model):
    browser = acme.browser("manager")
    globex.browser("manager").post(url(model, "add"), FORMS[model](globex))
    assert browser.post(url(model, "add"), FORMS[model](acme)).status_code == 302
    name = model.objects.get(hub=acme.hub).name.upper()
    answer = browser.post(url(model, "add"), FORMS[model](acme, name=name))
    assert "already exists in this hub" in errors(answer)["name"][0]


@pytest.mark.parametrize("model", FORMS)
def test_an_empty_list_says_what_the_command_is_for(acme, model):
    page = acme.browser("manager").get(url(model, "changelist")).content.decode()
    assert f"No {model._meta.verbose_name_plural} yet" in page
    assert f'href="{url(model, "changelist")}"' in page  # the sidebar


# --- transfers -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("address", ["javascript:alert(1)", "ftp://a.b", "nothing"])
def test_a_transfer_leads_to_a_web_page_only(acme, address):
    answer = acme.browser("manager").post(url(TransferCommand, "add"), transfer_form(acme, url=address))
    assert "Must be a URL" in errors(answer)["url"][0]
    assert not TransferCommand.objects.exists()


def test_the_list_of_transfers_shows_where_they_lead_without_secrets(acme):
    browser = acme.browser("manager")
    browser.post(url(TransferCommand, "add"), transfer_form(acme, url="https://a.example.com/pay?token=s3cret"))
    page = browser.get(url(TransferCommand, "changelist")).content.decode()
    assert "To the checkout → a.example.com" in page
    assert "s3cret" not in page


# --- responses -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("row", "item"),
    [
        (Row("text", "Hi"), {"type": "text", "text": "Hi"}),
        (Row("image", "https://a.example.com/x.png"), {"type": "image", "url": "https://a.example.com/x.png"}),
        (Row("youtube", "https://youtu.be/x"), {"type": "youtube", "url": "https://youtu.be/x"}),
        (Row("link", "The map\nhttps://a.example.com/map"), LINK),
        (Row("json", json.dumps(CARD, indent=2)), CARD),
        (Row("json", json.dumps({"type": "image", "url": "x", "alt": "A"}, indent=2)),
         {"type": "image", "url": "x", "alt": "A"}),
    ],
)  # fmt: skip
def test_a_message_becomes_a_row_and_a_row_the_same_message(row, item):
    assert row_of(item) == row
    assert item_of(row) == item


def test_rows_become_messages_in_order_and_empty_rows_do_not_count(acme):
    rows = [("text", "We are open."), ("text", "  "), ("link", "The map\r\nhttps://a.example.com/map"),
            ("json", json.dumps(CARD)), ("text", "")]  # fmt: skip
    assert acme.browser("manager").post(url(ResponseCommand, "add"), response_form(acme, *rows)).status_code == 302
    assert ResponseCommand.objects.get().responses == [{"type": "text", "text": "We are open."}, LINK, CARD]


def test_a_rich_command_from_the_api_survives_the_form(acme):
    responses = [{"type": "text", "text": "Hi", "actions": [{"type": "reply", "title": "a", "payload": "b"}]}, CARD]
    made = ResponseCommand.objects.create(hub=acme.hub, name="rich", to="agent", kind="message", responses=responses)
    browser = acme.browser("manager")
    rows = browser.get(url(ResponseCommand, "change", made.pk)).context["adminform"].form["responses"].value()
    form = response_form(acme, *[(row.kind, row.content) for row in map(row_of, rows)], name="rich", to="agent")
    assert browser.post(url(ResponseCommand, "change", made.pk), form).status_code == 302
    assert ResponseCommand.objects.get().responses == responses


@pytest.mark.parametrize(
    ("rows", "faults"),
    [
        ([("image", "javascript:alert(1)")], ["Message 1, url: Must be a URL"]),
        ([("text", "Hi"), ("json", "{")], ["Message 2: This is not valid JSON"]),
        ([("text", "Hi"), ("json", "[]")], ["Message 2: Must be an object"]),
        ([("link", "only words")], ["Message 1: Write the text of the button"]),
        ([("json", "{"), ("link", "x")], ["Message 1: ", "Message 2: "]),
        ([("nonsense", "x")], ["Message 1: This can’t be read"]),
        ([("text", "a\x00b")], ["Message 1: This can’t be read"]),
        ([("json", '{"type": "card", "title": NaN}')], ["Message 1: This is not valid JSON"]),
        ([("text", " ")], ["This field is required"]),
    ],
)
def test_every_fault_names_its_message_and_what_was_written_stays(acme, rows, faults):
    answer = acme.browser("manager").post(url(ResponseCommand, "add"), response_form(acme, *rows))
    found = errors(answer)["responses"]
    assert len(found) == len(faults)
    assert all(text.startswith(start) for text, start in zip(found, faults, strict=True)), found
    assert not ResponseCommand.objects.exists()
    page = answer.content.decode()
    assert all(content.splitlines()[0].replace('"', "&quot;") in page for _, content in rows)


def test_events_are_written_as_json(acme):
    event = {"type": "payload", "payloadType": "t", "payload": {"Kept": 1}}
    browser = acme.browser("manager")
    form = response_form(acme, ("json", json.dumps(event)), kind="event")
    assert browser.post(url(ResponseCommand, "add"), form).status_code == 302
    assert ResponseCommand.objects.get().responses == [event]
    assert "t" in browser.get(url(ResponseCommand, "changelist")).content.decode()
    answer = browser.post(url(ResponseCommand, "add"), response_form(acme, ("text", "Hi"), kind="event", name="b"))
    assert errors(answer)["responses"][0].startswith("Message 1")


def test_the_list_says_what_is_said(acme):
    browser = acme.browser("manager")
    browser.post(url(ResponseCommand, "add"), response_form(acme, ("text", "We <b>open</b>"), ("text", "b")))
    page = browser.get(url(ResponseCommand, "changelist")).content.decode()
    assert "We &lt;b&gt;open&lt;/b&gt; (and 1 more)" in page


def test_the_editor_needs_no_script_and_its_script_is_ours(acme):
    page = acme.browser("manager").get(url(ResponseCommand, "add")).content.decode()
    assert page.count('name="responses-content"') == 3
    assert '<script src="/static/admin_hubster/responses.js"></script>' in page


# --- dynamic commands and keys -------------------------------------------------------------------------------
def test_a_dynamic_command_asks_addresses_that_may_be_called_only(acme, settings):
    settings.HUBSTER_ALLOW_LOOPBACK = False
    form = dynamic_form(acme, url="http://127.0.0.1/x")
    assert "url" in errors(acme.browser("manager").post(url(DynamicCommand, "add"), form))


def test_the_key_of_a_dynamic_command_is_shown_once_and_made_anew_on_demand(acme, globex):
    browser = acme.browser("manager")
    first = browser.post(url(DynamicCommand, "add"), dynamic_form(acme), follow=True).content.decode()
    made = DynamicCommand.objects.get()
    assert made.private_key in first
    again = browser.get(url(DynamicCommand, "change", made.pk)).content.decode()
    assert made.private_key not in again
    assert made.private_key[:4] in again
    assert made.public_key in again
    rotate = reverse("admin:portal_dynamiccommand_rotate", args=[made.pk])
    assert globex.browser("owner").post(rotate).status_code == 302
    assert browser.get(rotate).status_code == 200
    assert acme.browser("agent").post(rotate).status_code in (302, 403)
    assert DynamicCommand.objects.get().private_key == made.private_key
    shown = browser.post(rotate, follow=True).content.decode()
    fresh = DynamicCommand.objects.get().private_key
    assert fresh != made.private_key
    assert fresh in shown
    assert fresh not in browser.get(url(DynamicCommand, "change", made.pk)).content.decode()


def test_the_form_cannot_set_keys(acme):
    form = dynamic_form(acme, private_key="mine", public_key="mine", regenerate="on")
    acme.browser("manager").post(url(DynamicCommand, "add"), form)
    made = DynamicCommand.objects.get()
    assert re.fullmatch("[0-9A-F]{32}", made.private_key)
    acme.browser("manager").post(url(DynamicCommand, "change", made.pk), form)
    assert DynamicCommand.objects.get().private_key == made.private_key


def test_the_first_key_of_an_integration_is_shown_once_too(acme):
    browser = acme.browser("manager")
    form = {"hub": acme.hub.pk, "name": "CRM", "status": 3000, "webhook_url": "https://example.com/x",
            "events": ["message"]}  # fmt: skip
    page = browser.post(reverse("admin:portal_integration_add") + "?channel=System", form, follow=True)
    key = Integration.objects.get(name="CRM").signing_keys.get().private_key
    assert key in page.content.decode()
    assert key not in browser.get(reverse("admin:portal_integration_changelist")).content.decode()


def test_operators_see_whose_hub_it_is(acme, globex, client, django_user_model):
    client.force_login(django_user_model.objects.create(username="op", is_staff=True, is_superuser=True))
    page = client.get(url(TransferCommand, "add")).content.decode()
    assert "Acme / Acme hub" in page
    assert "Globex / Globex hub" in page


@pytest.mark.parametrize("model", FORMS)
def test_lists_take_the_same_number_of_queries_however_long(acme, model, django_assert_max_num_queries):
    browser = acme.browser("manager")
    for number in range(12):
        assert browser.post(url(model, "add"), FORMS[model](acme, name=f"c{number}")).status_code == 302
    browser.get(url(model, "changelist"))  # shows the messages that wait
    with django_assert_max_num_queries(14):
        browser.get(url(model, "changelist"))
