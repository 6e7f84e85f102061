"""The engine's part of the admin: the ledger, notices and the front page. All of it is read-only but for notices."""

from engine.admin import activities, connection, conversations, deliveries, endpoints, notices, preview, workspaces

__all__ = ["activities", "connection", "conversations", "deliveries", "endpoints", "notices", "preview", "workspaces"]
