"""The page that previews a message in the admin, and the previews beside saved replies and welcome messages."""

import pytest
from django.urls import reverse

from engine.admin.preview_examples import EXAMPLES
from portal.actions.hubs import do_create_hub
from portal.models import Integration, ResponseCommand
from tests.adapters.every_provider import CONFIGURATIONS

PAGE, DRAWN = "/admin/preview", "/admin/preview/drawn"


@pytest.fixture(autouse=True)
def apis(settings):
    for name in ("MESSENGER", "TWILIO", "LINE", "TELEGRAM", "KIK", "VIBER"):
        setattr(settings, f"HUBSTER_{name}_API", f"https://{name.lower()}.example")


@pytest.fixture
def every(acme):
    """The first tenant's hub, with every provider's channel."""
    for channel, configuration in CONFIGURATIONS.items():
        Integration.objects.create(
            hub=acme.hub, type="Customer", channel=channel, name=f"Our {channel}", configuration=configuration
        )
    return acme


def drawn(party, who="manager", **more):
    """What the page draws of what a form says."""
    given = {"hub": str(party.hub.pk), "responses-kind": "text", "responses-content": "Tea?", **more}
    return party.browser(who).post(DRAWN, given)


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_is_drawn_on_every_channel(every, example):
    page = every.browser("manager").get(PAGE, {"hub": every.hub.pk, "example": example})
    text = page.content.decode()
    assert page.status_code == 200
    assert text.count('class="phone"') == len(CONFIGURATIONS) + 2
    assert "phone-nothing" not in text
    assert "hub-alert" not in text


def test_a_message_is_drawn_as_it_is_typed(every):
    text = drawn(every).content.decode()
    assert text.count('class="phone"') == len(CONFIGURATIONS) + 2
    assert text.count("Tea?") >= len(CONFIGURATIONS) + 2
    assert CONFIGURATIONS["Telegram"]["botToken"] not in text


def test_all_messages_of_a_saved_reply_are_drawn_in_their_order(acme):
    given = {"responses-kind": ["text", "image"], "responses-content": ["First", "https://shop.example.com/a.png"]}
    text = drawn(acme, **given).content.decode()
    assert text.index("First") < text.index('src="https://shop.example.com/a.png"')


def test_the_page_draws_without_a_script(acme):
    given = {"hub": str(acme.hub.pk), "responses-kind": "text", "responses-content": "By a button"}
    text = acme.browser("manager").post(PAGE, given).content.decode()
    assert text.count('dir="auto">By a button</p>') == 2


def test_what_strangers_write_stays_text(acme):
    text = drawn(acme, **{"responses-content": "\u202e<img src=x onerror=alert(1)>"}).content.decode()
    assert "<img src=x" not in text
    assert "&lt;img src=x" in text


@pytest.mark.parametrize(("given", "said"), [
    ({"responses-kind": "json", "responses-content": "{"}, "Message 1"),
    ({"responses-kind": "json", "responses-content": '{"type": "image"}'}, "url"),
    ({"responses-kind": "nothing"}, "can’t be read"),
    ({"responses-content": "  "}, "Write a message"),
    ({"hub": ""}, "Choose a hub"),
    ({"hub": "x"}, "Choose a hub"),
    ({"kind": "event"}, "Only messages to customers"),
    ({"to": "agent"}, "Only messages to customers"),
])  # fmt: skip
def test_what_can_not_be_drawn_says_why(acme, given, said):
    answer = drawn(acme, **given)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert 'class="phone"' not in answer.content.decode()


def test_a_hub_without_channels_says_what_to_do_next(acme):
    hub = do_create_hub(acme.tenant.pk, {"name": "Empty", "description": ""})
    text = acme.browser("manager").get(PAGE, {"hub": hub.pk}).content.decode()
    assert "no channels for customers yet" in text
    assert f"{reverse('admin:portal_integration_add')}?hub={hub.pk}" in text


def test_a_tenant_without_hubs_says_what_to_do_next(acme):
    acme.hub.delete()
    assert reverse("admin:portal_hub_add") in acme.browser("manager").get(PAGE).content.decode()


def test_agents_preview_nothing_and_strangers_log_in(acme, client):
    assert acme.browser("agent").get(PAGE).status_code == 403
    assert drawn(acme, who="agent").status_code == 403
    assert client.get(PAGE)["Location"].startswith("/admin/login/")
    assert client.post(DRAWN).status_code == 302


def test_the_neighbours_hubs_and_integrations_are_not_there(acme, globex):
    browser = acme.browser("manager")
    page = browser.get(PAGE, {"hub": globex.hub.pk}).content.decode()
    assert str(globex.hub.pk) not in page
    assert globex.hub.name not in page
    for given in ({"hub": globex.hub.pk}, {"integration": globex.webchat.pk, "welcome": "Hello"}):
        answer = browser.post(DRAWN, {"responses-kind": "text", "responses-content": "Tea?", **given})
        assert "Choose a hub" in answer.content.decode()


def test_a_welcome_message_is_drawn_on_its_own_channel(every):
    given = {"integration": every.webchat.pk, "welcome": "Welcome!"}
    text = every.browser("manager").post(DRAWN, given).content.decode()
    assert text.count('class="phone"') == 1
    assert "Welcome!" in text


def test_a_welcome_message_of_several_parts_is_drawn_as_it_is_stored(acme):
    start = [{"type": "text", "text": "One"}, {"type": "text", "text": "Two"}]
    row = acme.add("Direct", "Greets", integrationType="Customer", start=start)
    text = acme.browser("manager").post(DRAWN, {"integration": row.pk}).content.decode()
    assert text.index("One") < text.index("Two")


def test_the_pages_where_texts_are_typed_have_a_preview(acme):
    reply = ResponseCommand.objects.create(
        hub=acme.hub, name="hours", description="d", category="c", to="customer", kind="message",
        responses=[{"type": "text", "text": "Nine to five."}],
    )  # fmt: skip
    browser = acme.browser("manager")
    change = browser.get(reverse("admin:portal_responsecommand_change", args=[reply.pk])).content.decode()
    assert f'data-preview-hub="{acme.hub.pk}"' in change
    assert f'data-preview="{DRAWN}"' in browser.get(reverse("admin:portal_responsecommand_add")).content.decode()
    webchat = browser.get(reverse("admin:portal_integration_change", args=[acme.webchat.pk])).content.decode()
    assert f'data-preview-integration="{acme.webchat.pk}"' in webchat
    agent = browser.get(reverse("admin:portal_integration_change", args=[acme.agent.pk])).content.decode()
    assert "data-preview" not in agent
    hub = browser.get(reverse("admin:portal_hub_change", args=[acme.hub.pk])).content.decode()
    assert f"{PAGE}?hub={acme.hub.pk}" in hub
