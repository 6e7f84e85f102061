"""Sessions of the admin, looked at from outside a request: a socket lasts longer than one."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils.crypto import constant_time_compare

from portal.models import User


def user_of_session(key: str | None) -> User | None:
    """The active user of a session; None once it has expired, its user logged out or the password changed.

    It judges as `django.contrib.auth.get_user` does, but never writes to the session: the browser's next request does.
    """
    if not key:
        return None
    kept = import_module(settings.SESSION_ENGINE).SessionStore(key).load()
    if kept.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    user = User.objects.filter(pk=kept.get(SESSION_KEY), is_active=True).select_related("tenant").first()
    if user is None:
        return None
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    proof = str(kept.get(HASH_SESSION_KEY, ""))
    return user if any(constant_time_compare(proof, one) for one in hashes) else None
