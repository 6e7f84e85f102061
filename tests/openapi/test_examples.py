"""The reference fills in requests that work: every example is sent to the demo's data and accepted."""

import re

import pytest
from rest_framework.test import APIClient

from engine.api.examples import BODIES, parameters_of
from engine.models import Contact, Conversation
from hubster.lib.openapi.views import document
from portal.demo import do_seed
from portal.models import DynamicCommand, Hub, Integration, ResponseCommand, TransferCommand
from tests.inbox.test_slack import slack  # noqa: F401

FILES = {"sendBusinessFile", "sendWebChatFile"}  # whoever tries them chooses a file
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, operations in document()["paths"].items()
    for method, operation in operations.items()
}
WRITES = [
    name for name, (method, _, shown) in OPERATIONS.items() if method in ("post", "put") and "requestBody" in shown
]
COMMANDS = {"Transfer": TransferCommand, "Response": ResponseCommand, "Dynamic": DynamicCommand}
MODELS = {f"update{kind}Command": (f"create{kind}Command", model) for kind, model in COMMANDS.items()}


@pytest.fixture
def demo(transactional_db, slack):  # noqa: F811
    """Clients of the demo's tenant, by API; Slack answers."""
    do_seed()
    clients = {"none": APIClient()}
    for api in ("portal", "engine"):
        form = {**BODIES["createToken"], "client_secret": f"demo-{api}-secret"}
        form["client_id"] = form["client_id"].replace("portal", api)
        token = APIClient().post("/connect/token", form, format="multipart").json()["access_token"]
        clients[api] = APIClient()
        clients[api].credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return clients


def send(demo, name):
    """The answer to an example, sent where the reference says; ids that the demo makes are looked up first."""
    method, path, shown = OPERATIONS[name]
    known = {**parameters_of(name), **made_before(demo, name)}
    url = re.sub(r"\{(\w+)\}", lambda found: known[found[1]], path)
    kinds = {scheme for entry in shown["security"] for scheme in entry}
    api = "portal" if "portalToken" in kinds else "engine" if "engineToken" in kinds else "none"
    form = {"format": "multipart"} if name == "createToken" else {"format": "json"}
    return getattr(demo[api], method)(url, BODIES[name], **form)


def made_before(demo, name):
    """Creates the rows that a call names."""
    if name in MODELS:
        create, model = MODELS[name]
        assert send(demo, create).status_code == 200
        return {"id": str(model.objects.get().pk)}
    if name == "chooseSlackChannel":
        hub, known = Hub.objects.get(pk=BODIES["authorizeSlack"]["hubId"]), {"botAccessToken": "xoxb-1"}
        row = Integration.objects.create(hub=hub, type="Agent", channel="Slack", name="Slack", configuration=known)
        return {"integrationId": str(row.pk)}
    if "{contactId}" in OPERATIONS[name][1]:
        hub = Integration.objects.get(pk=BODIES["establishConversation"]["integrationId"]).hub
        Contact.objects.create(hub=hub, pk=BODIES["mergeContact"]["contactId"])
        return {"contactId": str(Contact.objects.create(hub=hub).pk)}
    if "{conversationId}" not in OPERATIONS[name][1]:
        return {}
    answer = send(demo, "establishConversation")
    if name == "sendWebChatActivity":
        end = Integration.objects.get(pk=parameters_of("createWebChatToken")["integrationId"])
        body = {"integrationId": str(end.pk), "channelType": "WebChat", "binding": "b"}
        answer = demo["engine"].post("/api/v1/conversations/establish", body, format="json")
    return {"conversationId": str(Conversation.objects.get(pk=answer.json()["conversationId"]).pk)}


def test_every_body_has_an_example():
    assert sorted(BODIES) == sorted(set(WRITES) - FILES)
    for name in BODIES:
        content = OPERATIONS[name][2]["requestBody"]["content"]
        assert [media["example"] for media in content.values()] == [BODIES[name]] * len(content)


@pytest.mark.parametrize("name", BODIES)
def test_an_example_works(demo, name):
    answer = send(demo, name)
    assert answer.status_code == 200, answer.content


def test_the_ids_of_paths_are_those_of_the_demo(demo):
    seen = 0
    for name, (method, path, shown) in OPERATIONS.items():
        examples = {item["name"]: item["example"] for item in shown.get("parameters", ()) if "example" in item}
        names = re.findall(r"\{(\w+)\}", path)
        if method != "get" or not names or set(names) - set(examples):
            continue
        url = re.sub(r"\{(\w+)\}", lambda found, known=examples: known[found[1]], path)
        answers = [demo[api].get(url, HTTP_ORIGIN="http://localhost") for api in demo]
        assert 200 in {answer.status_code for answer in answers}, name
        seen += 1
    assert seen >= 5
