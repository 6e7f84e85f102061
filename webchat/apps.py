"""WebChat: the widget and the pages that show it."""

from django.apps import AppConfig


class WebchatConfig(AppConfig):
    """Registers the application."""

    name = "webchat"
    verbose_name = "WebChat"
