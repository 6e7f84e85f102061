"""The widget's script and the pages that show it: a shop to try it in, or a plain page in production."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe

from webchat import bundle
from webchat.bundle import Bundle
from webchat.catalogue import PRODUCTS

REVALIDATE = "public, no-cache"
FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
def script(request: HttpRequest) -> HttpResponseBase:
    """The current build at its plain address: browsers ask each time whether it changed."""
    return _served(request, bundle.current(), REVALIDATE)


@require_safe
def core_script(request: HttpRequest) -> HttpResponseBase:
    """The rest of the current build, for pages that were loaded before an update."""
    return _served(request, bundle.core(), REVALIDATE)


@require_safe
def versioned_script(request: HttpRequest, version: str) -> HttpResponseBase:
    """One build for ever, for pages that pin its hash."""
    found = bundle.find(version)
    if found is None:
        raise Http404
    return _served(request, found, FOR_EVER)


def _served(request: HttpRequest, build: Bundle, caching: str) -> HttpResponseBase:
    packed = _takes_gzip(request.headers.get("Accept-Encoding", ""))
    etag = f'"{build.version}{"-gzip" if packed else ""}"'
    response = HttpResponse(build.packed if packed else build.plain, content_type="text/javascript; charset=utf-8")
    if packed:
        response["Content-Encoding"] = "gzip"
    response["ETag"] = etag
    response["Cache-Control"] = caching
    # Any page may load it, also one that is isolated from other origins or checks its hash.
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_vary_headers(response, ["Accept-Encoding"])
    answer = get_conditional_response(request, etag=etag, response=response)
    if answer is not response and answer is not None:
        answer["Access-Control-Allow-Origin"] = "*"  # a 304 replaces the stored headers
        answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer or response


def _takes_gzip(accepted: str) -> bool:
    """True if an Accept-Encoding header names gzip without refusing it."""
    for part in accepted.lower().split(","):
        name, _, quality = part.partition(";")
        if name.strip() == "gzip":
            return quality.replace(" ", "").rstrip("0") not in ("q=", "q=.", "q=0.")
    return False


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The shop whose bot answers first; in production, where to go."""
    if settings.PRODUCTION:
        return render(request, "webchat/plain.html")
    return _shop(request, "shop")


@require_safe
def support(request: HttpRequest) -> HttpResponse:
    """The sample shop where only people answer."""
    if settings.PRODUCTION:
        raise Http404
    return _shop(request, "support")


def _shop(request: HttpRequest, chat: str) -> HttpResponse:
    """`chat` names the page's settings file, `static/site/chat-….js`: the content policy allows no inline script."""
    context = {"products": PRODUCTS, "chat": f"site/chat-{chat}.js", "people_only": chat == "support"}
    return render(request, "webchat/shop.html", context)
