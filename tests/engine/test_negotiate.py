"""SignalR's negotiation: how a client learns which transport to open, and with which token."""

import pytest


@pytest.mark.parametrize("version", [0, 1])
def test_both_versions_are_negotiated(client, version):
    answer = client.post(f"/engine-chat-hub/negotiate?negotiateVersion={version}")
    assert answer.status_code == 200
    body = answer.json()
    assert body["availableTransports"] == [{"transport": "WebSockets", "transferFormats": ["Text"]}]
    assert body["connectionId"]
    newer = {name: body[name] for name in ("negotiateVersion", "connectionToken") if name in body}
    assert newer == ({"negotiateVersion": 1, "connectionToken": body["connectionId"]} if version else {})
