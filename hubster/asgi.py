"""The ASGI application: HTTP by Django, sockets by Channels."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubster.settings")
http = get_asgi_application()  # before anything that needs the applications to be loaded

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from engine.sockets.routing import websocket_urlpatterns  # noqa: E402

application = ProtocolTypeRouter({"http": http, "websocket": URLRouter(websocket_urlpatterns)})
