"""The table of proofs is whole, and says what is so."""

import ast

import pytest

from tests.api_table import CALLS
from tests.proofs import PAGE, PROOFS, ROOT, calls_of, page, proof_of, watched


def test_every_call_has_a_proof_and_every_proof_a_call():
    assert [str(call) for call in CALLS if str(call) not in PROOFS] == []
    assert PROOFS.keys() - {str(call) for call in CALLS} == set()


@pytest.mark.parametrize("call", PROOFS)
def test_the_named_test_is_there(call):
    file, _, name = proof_of(call).partition("::")
    tree = ast.parse((ROOT / file).read_text())
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert name.partition("[")[0] in names


def test_the_page_shows_the_table():
    assert PAGE.read_text() == page(), "Write it anew: python -m tests.proofs --write"


def test_a_test_that_does_not_make_its_call_fails(client):
    proof = proof_of("GET /.well-known/openid-configuration")
    assert calls_of(proof) == ["GET /.well-known/openid-configuration"]
    with pytest.raises(AssertionError, match="does not make these calls"), watched(proof):
        pass
    with watched(proof):
        client.get("/.well-known/openid-configuration")
