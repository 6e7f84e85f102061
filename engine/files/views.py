"""Where files come in: of visitors and customers of the widget, and of agents and bots."""

import uuid
from typing import Any, BinaryIO, cast

from django.conf import settings
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from engine import access, serialize
from engine.actions.receive import FindSender
from engine.files.actions import NO_ROOM, Sent, do_receive_file, no_room
from engine.files.body import Form, UploadParser
from engine.files.shapes import UPLOAD, UPLOAD_AS_BUSINESS
from engine.inbound.parse import MAX_EXTERNAL_ID, idempotency_key
from engine.inbound.shapes import ENGINE, ENGINE_OR_VISITOR, ReceiptRead
from engine.inbound.views import speaker
from engine.models import Conversation
from engine.work.backlog import check_room
from hubster.lib import rate
from hubster.lib.drf import ApiView, guid_or_fail
from hubster.lib.errors import Fault, HubsterError, fail
from hubster.lib.ids import parse_guid
from hubster.lib.log import note
from hubster.lib.middleware import address_of, network_of
from hubster.lib.openapi.operation import Resource, Security
from hubster.lib.openapi.shapes import Made
from portal.identity.authentication import EngineAuthentication, EngineOrVisitorAuthentication, caller_of
from portal.identity.throttle import VISITORS_OF_ADDRESS
from portal.identity.tokens import Caller, Visitor
from portal.models import Integration

DAY = 86_400  # seconds
_TEXT = """\
The file becomes a message: an `image`, a `video`, an `audio`, and everything else an `attachment`. What it is, is
judged by its content. Pictures are drawn anew without what cameras write into them.
"""


def _uploads(name: str, summary: str, security: Security, takes: Made) -> Any:
    calls = Resource("Activities", security)
    return extend_schema_view(
        post=calls.operation(
            name, summary, takes=takes, answers=ReceiptRead, refuses=[404, NO_ROOM], repeats=True, text=_TEXT
        )
    )


class _FilesView(ApiView):
    """Finds the conversation, reads the upload, keeps the file and receives its message."""

    error_prefix = "ENG"
    missing_body = "ENG008500"
    parser_classes = [UploadParser]
    body_type = "multipart/form-data"

    def post(self, request: Request, conversation_id: str) -> Response:
        """Accept a file; the answer follows the commit."""
        guid = guid_or_fail(conversation_id, "ENG", "conversationId")
        caller = caller_of(request)
        key = _key(request, guid)
        conversation = self.conversation(caller, guid)
        access.check_tenant(conversation.hub)
        check_room(caller.tenant_id)
        _check_rate(request, caller)
        form = cast(Form, request.data)
        _check_volume(request, caller, form)
        visitor = caller.visitor_id if isinstance(caller, Visitor) else None
        sent = Sent(*_file(form), _external_id(form), key, visitor)
        activity = do_receive_file(caller, conversation, self.find_sender(form), sent)
        note(conversation=activity.conversation_id, activity=activity.id)
        return Response(serialize.receipt(activity))

    def conversation(self, caller: Caller | Visitor, guid: uuid.UUID) -> Conversation:
        """The conversation, before anything of the body is read."""
        return access.get_conversation_for(caller, guid)

    def find_sender(self, form: Form) -> FindSender:
        """The sender that follows from the conversation."""
        raise NotImplementedError


@_uploads("sendWebChatFile", "Send a file as a visitor of the widget", ENGINE_OR_VISITOR, UPLOAD)
class WebChatFilesView(_FilesView):
    """POST /inbound/customer/v1/web-chat/{conversationId}/files."""

    authentication_classes = [EngineOrVisitorAuthentication]

    def conversation(self, caller: Caller | Visitor, guid: uuid.UUID) -> Conversation:
        """One of the widget."""
        found = super().conversation(caller, guid)
        if found.integration.channel != "WebChat":
            raise fail("ENG006500")
        return found

    def find_sender(self, form: Form) -> FindSender:
        """Always the visitor."""
        return lambda conversation: conversation.integration


@_uploads("sendBusinessFile", "Send a file as an agent or a bot", ENGINE, UPLOAD_AS_BUSINESS)
class BusinessFilesView(_FilesView):
    """POST /inbound/business/v1/direct/activity/{conversationId}/files."""

    authentication_classes = [EngineAuthentication]

    def find_sender(self, form: Form) -> FindSender:
        """An agent or a bot of the conversation's hub, by the field `integrationId`."""
        raw = form.fields.get("integrationid")
        guid = parse_guid(raw)
        if not raw:
            raise fail("ENG005001", "integrationId", "is required.")
        if guid is None:
            raise fail("ENG005020", "integrationId", "is not a GUID.")

        def find(conversation: Conversation) -> Integration:
            found = speaker(conversation, guid)
            if found.type == Integration.Type.CUSTOMER:
                raise fail("ENG000206", "integrationId", "must be of an agent or bot integration.")
            return found

        return find


def _check_rate(request: Request, caller: Caller | Visitor) -> None:
    """Visitors' files are counted by themselves: they cost more than words. By address too: visitors cost nothing."""
    if not isinstance(caller, Visitor):
        return
    _count(f"files:{caller.name}", settings.HUBSTER_FILES_RATE, "")
    network = network_of(address_of(request._request))
    most = settings.HUBSTER_FILES_RATE * VISITORS_OF_ADDRESS
    _count(f"files-address:{network}", most, " from one network address")


def _check_volume(request: Request, caller: Caller | Visitor, form: Form) -> None:
    """One address can be any number of visitors, each with room of their own: what they send in a day counts together.

    Raises ENG008502, or a stranger could fill the room of a whole hub.
    """
    if not isinstance(caller, Visitor) or form.file is None:
        return
    most = settings.HUBSTER_FILES_OF_VISITOR * VISITORS_OF_ADDRESS
    name = f"files-bytes:{network_of(address_of(request._request))}"
    if not rate.count(name, most, int(form.file.size or 0), DAY).allowed:
        megabytes = f"{most // 1_048_576:,} MB"
        raise no_room(f"All files from one network address may take {megabytes} a day; send it tomorrow.")


def _count(name: str, most: int, whence: str) -> None:
    """One file more; raises ENG000107 when it is one too many. 0: no limit."""
    found = rate.count(name, most)
    if not found.allowed:
        text = f"At most {most} files a minute{whence}; try again later."
        raise HubsterError(Fault("ENG000107", text=text), status=429, retry_after=found.reset)


def _key(request: Request, conversation_id: uuid.UUID) -> str | None:
    return idempotency_key(request.headers.get("Idempotency-Key"), conversation_id)


def _file(form: Form) -> tuple[BinaryIO, str]:
    """(content, the sender's name for it)."""
    if form.file is None:
        raise fail("ENG008500", text="No upload files were provided: send multipart/form-data with a field 'file'.")
    return cast(BinaryIO, form.file.file), str(form.file.name)


def _external_id(form: Form) -> str | None:
    value = form.fields.get("externalid") or None
    if value and len(value) > MAX_EXTERNAL_ID:
        raise fail("ENG000207", "externalId", f"must be text of at most {MAX_EXTERNAL_ID} characters.")
    return value
