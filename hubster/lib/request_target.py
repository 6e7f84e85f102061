"""The target of a request line (RFC 9112, 3.2): clients behind a proxy setting send a whole address."""

import re

# scheme, authority, path with query. User names are no part of an http address (RFC 9110, 4.2.4), fragments never sent.
_ABSOLUTE = re.compile(rb"https?://([\w.~%!$&'()*+,;=:\[\]-]+)(/[^#]*|\?[^#]*|)", re.I)


class BadTarget(ValueError):
    """A request target that names no resource of ours."""


def origin_form(method: bytes, target: bytes) -> tuple[bytes, bytes | None]:
    """(path with query, the authority that the target names and that counts instead of `Host`, else None).

    Raises `BadTarget`. `OPTIONS *` asks for the server as a whole and stays as it is.
    """
    if target.startswith(b"/") or (target == b"*" and method == b"OPTIONS"):
        return target, None
    found = _ABSOLUTE.fullmatch(target)
    if found is None:
        raise BadTarget
    rest = found[2]
    return (rest if rest.startswith(b"/") else b"/" + rest), found[1]
