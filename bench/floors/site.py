"""A Django site with two tables: one SELECT, one INSERT and a COMMIT for each message.

`/plain/<id>` is a bare view, `/drf/<id>` Django REST framework with a serializer and an RS256 token, `/hop/<id>` the
bare view with a task for a Celery worker (floors/hop.py). `/hook` takes a provider's webhook: its HMAC and one INSERT.
"""

import hashlib
import hmac
import json
import os
import uuid

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="floor",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    INSTALLED_APPS=["rest_framework"],
    MIDDLEWARE=[],
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None},
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "floor",
            "USER": "postgres",
            "HOST": "127.0.0.1",
            "PORT": os.environ["FLOOR_PG_PORT"],
            "CONN_MAX_AGE": None,
        }
    },
)
django.setup()

import jwt  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import authentication, permissions, serializers, views  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402

PUBLIC_KEY = os.environ.get("FLOOR_PUBLIC_KEY", "")
HOOK_SECRET = b"floor"


class Conversation(models.Model):
    """A customer's thread."""

    id = models.UUIDField(primary_key=True)
    tenant = models.IntegerField()
    closed = models.BooleanField()

    class Meta:
        app_label = "floor"
        db_table = "conversation"
        managed = False


class Activity(models.Model):
    """A message as the floor stores it: who has it, and what it says."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE)
    content = models.JSONField()
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "floor"
        db_table = "activity"
        managed = False


def store(conversation_id: uuid.UUID, message: object, tenant: int) -> uuid.UUID:
    """The least that any of them does."""
    with transaction.atomic():
        found = Conversation.objects.filter(pk=conversation_id, tenant=tenant).values_list("closed", flat=True).get()
        assert not found
        return Activity.objects.create(conversation_id=conversation_id, content=message).pk


def plain(request: HttpRequest, conversation_id: uuid.UUID) -> JsonResponse:
    """A bare view."""
    message = json.loads(request.body)["message"]
    return JsonResponse({"id": store(conversation_id, message, 1)})


def hop(request: HttpRequest, conversation_id: uuid.UUID) -> JsonResponse:
    """A bare view that wakes a worker."""
    from bench.floors.hop import announce

    key = store(conversation_id, json.loads(request.body)["message"], 1)
    announce.apply_async((str(key),), ignore_result=True, retry=False)
    return JsonResponse({"id": key})


def hook(request: HttpRequest) -> HttpResponse:
    """A webhook: verified, stored, answered."""
    wanted = f"sha256={hmac.new(HOOK_SECRET, request.body, hashlib.sha256).hexdigest()}"
    if not hmac.compare_digest(wanted, request.headers["X-Hub-Signature-256"]):
        return HttpResponse(status=401)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO webhook (body) VALUES (%s)", [request.body])
    return HttpResponse()


class Bearer(authentication.BaseAuthentication):
    """An RS256 token, verified with a local key."""

    def authenticate(self, request: Request) -> tuple[object, dict[str, object]]:
        """Its claims."""
        token = request.headers["Authorization"].removeprefix("Bearer ")
        return object(), jwt.decode(token, PUBLIC_KEY, ["RS256"])


class HasTenant(permissions.BasePermission):
    """The token names a tenant."""

    def has_permission(self, request: Request, view: views.APIView) -> bool:  # noqa: ARG002
        """True if it does."""
        return "tenant" in request.auth


class MessageIn(serializers.Serializer):
    """A text."""

    type = serializers.ChoiceField(["text"])
    text = serializers.CharField(max_length=4096)


class ActivityIn(serializers.Serializer):
    """A text message."""

    type = serializers.ChoiceField(["message"])
    externalId = serializers.CharField(max_length=512, required=False)  # noqa: N815
    message = MessageIn()


class Say(views.APIView):
    """Django REST framework as its tutorial shows it."""

    authentication_classes = [Bearer]
    permission_classes = [HasTenant]

    def post(self, request: Request, conversation_id: uuid.UUID) -> Response:
        """Validate and store."""
        given = ActivityIn(data=request.data)
        given.is_valid(raise_exception=True)
        return Response({"id": store(conversation_id, given.validated_data["message"], request.auth["tenant"])})


urlpatterns = [
    path("plain/<uuid:conversation_id>", plain),
    path("drf/<uuid:conversation_id>", Say.as_view()),
    path("hop/<uuid:conversation_id>", hop),
    path("hook", hook),
]
application = get_wsgi_application()
