"""The documented commands, run against a live server, and the documented recipes, executed."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from hubster.lib.signing import hubster_signature, standard_signature
from tests import live
from tests.services import wait_until
from tests.system.account import Account, guid
from webchat import docs

BODY = json.dumps({"activity": {"message": {"text": "Grüße"}}}, ensure_ascii=False).encode()
PUBLIC, PRIVATE = "3EF951F619CD4F5E820C73622C0F1A3C", "FA96D15568654A4482772E00BA941BCB"
TWO_CONTACTS = """
from engine.actions.contacts import facts
from engine.models import Contact
from portal.models import Hub
hub = Hub.objects.get(pk="00000000-0000-0000-0000-0000000000a1")
for name in ("Ada Lovelace", "Ada L."):
    Contact.objects.create(hub=hub, **facts(name, {"email": "ada@example.com", "language": "en"}))
"""
needs_node = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
needs_shell_tools = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("jq")), reason="curl or jq is missing"
)


def blocks(slug: str, language: str) -> list[str]:
    """The fenced blocks of a page."""
    return re.findall(rf"```{language}\n(.*?)```", (docs.FOLDER / f"{slug}.md").read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def running() -> Iterator[live.Stack]:
    """A running demo."""
    with live.embedded() as stack:
        yield stack


@needs_shell_tools
@pytest.mark.system
@pytest.mark.parametrize(
    "slug", ["api", "bots", "files", "identity", "webhooks", "deliveries", "preview", "honest-bots"]
)
def test_the_commands_of_a_page_work_when_pasted_one_after_another(running, slug):
    script = "\n".join(["set -euo pipefail", *blocks(slug, "sh")]).replace(docs.WRITTEN_ORIGIN, running.base)
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_shell_tools
@pytest.mark.system
def test_the_commands_about_contacts_work_where_there_are_two_of_one_person(running):
    made = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", TWO_CONTACTS], env=running.webs[0].env, cwd=live.ROOT,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    script = "\n".join(["set -euo pipefail", *blocks("contacts", "sh")]).replace(docs.WRITTEN_ORIGIN, running.base)
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    names = running.rows("SELECT name, phone, merged_into_id FROM engine_contact ORDER BY name")
    assert names == [("Ada L.", "", None), ("Countess Lovelace", "4165550001", None)]


@needs_shell_tools
@pytest.mark.system
def test_the_documented_error_is_the_one_that_is_answered(running):
    script = "\n".join(["set -euo pipefail", *blocks("api", "sh")]).replace(docs.WRITTEN_ORIGIN, running.base)
    printed = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60).stdout
    assert json.loads(printed[printed.rindex("\n{") :]) == json.loads(blocks("api", "json")[0])


@pytest.mark.system
def test_the_documented_listener_hears_what_is_said(running, tmp_path):
    account = Account(running.base)
    code = tmp_path / "listen.py"
    code.write_text(blocks("events", "python")[0].replace("ws://127.0.0.1:8000", running.base.replace("http", "ws")))
    env = {**os.environ, "ENGINE": account.token, "AGENT": guid("31"), "LEID": str(int(time.time() * 1000))}
    listener = subprocess.Popen([sys.executable, code], env=env, stdout=subprocess.PIPE, text=True)
    try:
        body = {"integrationId": guid("30"), "channelType": "Direct", "binding": str(tmp_path)}
        conversation = account.done("POST", "/api/v1/conversations/establish", body)["conversationId"]
        message = {"message": {"type": "text", "text": "Is anybody listening?"}}
        account.done("POST", f"/inbound/customer/v1/direct/activity/{conversation}", message)
        line = str(wait_until("the listener prints", listener.stdout.readline, seconds=15))
    finally:
        listener.kill()
        listener.wait()
    assert "Customer" in line
    assert "Is anybody listening?" in line


def headers(body: bytes = BODY, private: str = PRIVATE) -> dict[str, str]:
    """What a webhook comes with."""
    now = int(time.time())
    return {
        "x-hubster-public-key": PUBLIC,
        "x-hubster-signature": hubster_signature(private, body),
        "webhook-id": "one",
        "webhook-timestamp": str(now),
        "webhook-signature": standard_signature([private], "one", now, body),
    }


def in_python(body: bytes, given: dict[str, str], keys: dict[str, str]) -> bool:
    """The verdict of the Python recipe."""
    scope: dict = {}
    exec(blocks("webhooks", "python")[0], scope)
    return bool(scope["is_genuine"](body, given, keys))


def in_node(body: bytes, given: dict[str, str], keys: dict[str, str]) -> bool:
    """The verdict of the Node recipe."""
    call = f"""
    const [body, headers, keys] = {json.dumps([base64.b64encode(body).decode(), given, list(keys.items())])};
    console.log(isGenuine(Buffer.from(body, 'base64'), headers, new Map(keys)));
    """
    code = blocks("webhooks", "js")[0] + call
    done = subprocess.run(["node", "--input-type=module", "-e", code], capture_output=True, text=True, check=True)
    return {"true": True, "false": False}[done.stdout.strip()]


RECIPES = [in_python, pytest.param(in_node, marks=needs_node)]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_believes_what_is_genuine(recipe: Callable[..., bool]):
    assert recipe(BODY, headers(), {PUBLIC: PRIVATE})


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize(
    "changed",
    [
        {"x-hubster-signature": ""},
        {"x-hubster-signature": "é"},
        {"x-hubster-signature": hubster_signature("0" * 32, BODY)},
        {"x-hubster-public-key": "unknown"},
        {"x-hubster-public-key": "constructor"},
    ],
)
def test_a_recipe_refuses_what_is_not(recipe: Callable[..., bool], changed: dict[str, str]):
    assert not recipe(BODY, {**headers(), **changed}, {PUBLIC: PRIVATE})


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_refuses_another_body_and_missing_headers(recipe: Callable[..., bool]):
    assert not recipe(BODY + b" ", headers(), {PUBLIC: PRIVATE})
    assert not recipe(BODY, {}, {PUBLIC: PRIVATE})


def test_the_standard_recipe_reads_what_is_genuine_and_raises_otherwise():
    scope: dict = {}
    exec(blocks("webhooks", "python")[1], scope)
    assert scope["read"](BODY, headers(), PRIVATE) == json.loads(BODY)
    with pytest.raises(Exception, match="signature"):
        scope["read"](BODY, headers(), "0" * 32)
