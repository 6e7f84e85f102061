"""The signed POST that System and Direct webhooks share: documented headers, and those of Standard Webhooks."""

import json
from typing import Any

from engine.adapters import _errors
from engine.adapters._base import Envelope
from hubster.lib.http import Answer, Outgoing
from hubster.lib.signing import hubster_signature, standard_signature

SOURCE = "engine.hubster.io"


def body(envelope: Envelope, node: str, value: Any) -> bytes:
    """The documented payload; `node` is `activity` or `activities`."""
    payload = {
        "hubId": envelope.hub_id,
        "tenantId": envelope.tenant_id,
        "integrationId": envelope.integration_id,
        "conversationId": envelope.conversation_id,
        "conversationProperties": envelope.conversation_properties,
        node: value,
    }
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()


def signed(url: str, envelope: Envelope, content: bytes) -> Outgoing:
    """The request with all headers; the signature is over exactly these bytes."""
    public, private = envelope.signing_keys[0]
    privates = [key for _, key in envelope.signing_keys]
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Hubster-Webhooks/1.0",
        "x-source-system": SOURCE,
        "x-hub-id": envelope.hub_id,
        "x-integration-id": envelope.integration_id,
        "x-conversation-id": envelope.conversation_id,
        "x-hubster-public-key": public,
        "x-hubster-signature": hubster_signature(private, content),
        "webhook-id": envelope.delivery_id,
        "webhook-timestamp": str(envelope.timestamp),
        "webhook-signature": standard_signature(privates, envelope.delivery_id, envelope.timestamp, content),
    }
    return Outgoing("POST", url, headers, content)


def outcome(answer: Answer) -> None:
    """Any 2xx has arrived."""
    if not 200 <= answer.status < 300:
        raise _errors.refused(answer)
