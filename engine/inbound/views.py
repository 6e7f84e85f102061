"""Where activities come in: Direct (customers, agents, bots) and the widget."""

import uuid
from dataclasses import replace
from typing import Any

from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from engine import access, serialize
from engine.actions.receive import do_receive_from
from engine.commands.carry_out import only_informs
from engine.inbound.parse import InboundActivity, check_allowed_to_customers, idempotency_key, parse_inbound
from engine.inbound.shapes import ENGINE, ENGINE_OR_VISITOR, SEND, SEND_AS_BUSINESS, ReceiptRead
from engine.models import Conversation
from engine.work.backlog import check_room
from hubster.lib.drf import ApiView, guid_or_fail
from hubster.lib.errors import fail
from hubster.lib.log import note
from hubster.lib.openapi.operation import Resource, Security
from hubster.lib.openapi.shapes import Made
from portal.idempotency import fingerprint
from portal.identity.authentication import EngineAuthentication, EngineOrVisitorAuthentication, caller_of
from portal.models import Integration


def _sends(name: str, summary: str, security: Security, takes: Made) -> Any:
    """Declares the call of an inbound view."""
    calls = Resource("Activities", security)
    return extend_schema_view(
        post=calls.operation(name, summary, takes=takes, answers=ReceiptRead, refuses=[404], repeats=True)
    )


class _InboundView(ApiView):
    """Reads the body, finds the sender, receives."""

    error_prefix = "ENG"
    missing_body = "ENG005000"
    sender_required = False

    def post(self, request: Request, conversation_id: str) -> Response:
        """Accept an activity; the answer follows the commit."""
        guid = guid_or_fail(conversation_id, "ENG", "conversationId")
        key = idempotency_key(request.headers.get("Idempotency-Key"), guid)
        parsed = parse_inbound(request.data, self.sender_required)
        caller = caller_of(request)
        check_room(caller.tenant_id)

        def find_sender(conversation: Conversation) -> Integration:
            sender = self.sender(conversation, parsed)
            if sender.type == Integration.Type.CUSTOMER:
                check_allowed_to_customers(parsed.new)
            return sender

        new = replace(parsed.new, dedupe_key=key, fingerprint=fingerprint(request.data) if key else None)
        activity = do_receive_from(caller, guid, find_sender, new, only_informs)
        note(conversation=activity.conversation_id, activity=activity.id)
        return Response(serialize.receipt(activity))

    def sender(self, conversation: Conversation, parsed: InboundActivity) -> Integration:
        return conversation.integration if parsed.sender_id is None else speaker(conversation, parsed.sender_id)


def speaker(conversation: Conversation, sender_id: uuid.UUID) -> Integration:
    """The integration of the same hub that speaks, or ENG006000."""
    found = access.get_sender(conversation, sender_id)
    if found is None:
        raise fail("ENG006000", "sender.integrationId", "is not an integration of this conversation's hub.")
    return found


@_sends("sendActivity", "Send an activity, as a customer or by `sender`", ENGINE, SEND)
class DirectCustomerView(_InboundView):
    """POST /inbound/customer/v1/direct/activity/{conversationId}; agents and bots by `sender`."""

    authentication_classes = [EngineAuthentication]


@_sends("sendBusinessActivity", "Send an activity as an agent or a bot", ENGINE, SEND_AS_BUSINESS)
class DirectBusinessView(_InboundView):
    """POST /inbound/business/v1/direct/activity/{conversationId}."""

    authentication_classes = [EngineAuthentication]
    sender_required = True

    def sender(self, conversation: Conversation, parsed: InboundActivity) -> Integration:
        """An agent or a bot."""
        found = super().sender(conversation, parsed)
        if found.type == Integration.Type.CUSTOMER:
            raise fail("ENG000206", "sender.integrationId", "must be of an agent or bot integration.")
        return found


@_sends("sendWebChatActivity", "Send an activity as a visitor of the widget", ENGINE_OR_VISITOR, SEND)
class WebChatView(_InboundView):
    """POST /inbound/customer/v1/web-chat/{conversationId}."""

    authentication_classes = [EngineOrVisitorAuthentication]

    def sender(self, conversation: Conversation, parsed: InboundActivity) -> Integration:
        """Always the visitor."""
        if conversation.integration.channel != "WebChat":
            raise fail("ENG006500")
        return conversation.integration
