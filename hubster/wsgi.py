"""The WSGI application: HTTP by Django, for processes that serve no sockets."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
