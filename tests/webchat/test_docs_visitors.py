"""The recipes for binding tokens: each makes what the service believes."""

import json
import shutil
import subprocess

import pytest

from hubster.lib.errors import HubsterError
from portal.identity import binding_tokens
from portal.models import Hub
from tests.portal.rsa_keys import PRIVATE_PEM, PUBLIC_PEM
from tests.webchat.test_docs_examples import blocks, needs_node

needs_php = pytest.mark.skipif(not shutil.which("php"), reason="php is not installed")
NAMES = ["4711", "Grüße/+=?&", "ann@example.com", "x" * 400]


def python(number: int):
    def make(binding: str, key: str) -> str:
        scope: dict = {}
        exec(blocks("visitors", "python")[number], scope)
        return str(scope["binding_token"](binding, key))

    return make


def printed(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def node(binding: str, key: str) -> str:
    call = f"console.log(bindingToken(...{json.dumps([binding, key])}));"
    return printed("node", "--input-type=module", "-e", blocks("visitors", "js")[1] + call)


def php(binding: str, key: str) -> str:
    return printed("php", "-r", blocks("visitors", "php")[0] + "echo binding_token($argv[1], $argv[2]);", binding, key)


@pytest.mark.parametrize("binding", NAMES)
@pytest.mark.parametrize(
    "recipe", [python(0), pytest.param(node, marks=needs_node), pytest.param(php, marks=needs_php)]
)
def test_a_recipe_signs_what_is_believed_for_this_binding_and_key_alone(acme, globex, recipe, binding):
    token = recipe(binding, acme.webchat.signing_keys.get().private_key)
    binding_tokens.check(token, binding, acme.webchat)
    for other, end in ((binding + "1", acme.webchat), (binding, globex.webchat)):
        with pytest.raises(HubsterError):
            binding_tokens.check(token, other, end)


def test_the_recipe_for_one_s_own_rsa_key_does_too(acme):
    Hub.objects.filter(pk=acme.hub.pk).update(binding_public_key=PUBLIC_PEM)
    acme.hub.refresh_from_db()
    binding_tokens.check(python(1)("4711", PRIVATE_PEM), "4711", acme.webchat)


def test_the_page_has_a_recipe_in_four_languages():
    assert [len(blocks("visitors", language)) for language in ("python", "js", "php", "csharp")] == [2, 2, 1, 1]
