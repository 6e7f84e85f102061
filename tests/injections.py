"""Hostile messages: what a stranger could send to be shown. `CORPUS` has them all, each JSON as it is on the wire.

Whatever shows messages may show their texts as they are, and link to web addresses. It may not run, fetch or draw
anything else: `window.pwned` stays undefined, and only `images.example` is asked for anything.
"""

from itertools import cycle
from typing import Any

Message = dict[str, Any]
GOOD = "https://images.example/a.png"
RUN = "window.pwned=1"

MARKUP = [
    f"<script>{RUN}</script>",
    f"</div></div><script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"<img src=x onerror='{RUN}' onload=\"{RUN}\">",
    f"<svg onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<math><mtext></p><style><img src=x onerror={RUN}>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    f"<iframe src=javascript:parent.{RUN}></iframe>",
    f"<object data=javascript:{RUN}></object>",
    f"<embed src=javascript:{RUN}>",
    f"<details open ontoggle={RUN}>",
    f"<input autofocus onfocus={RUN}>",
    f"<video><source onerror={RUN}></video>",
    f"<body onload={RUN}>",
    f"<template><script>{RUN}</script></template>",
    f"<noscript><p title=\"</noscript><img src=x onerror={RUN}>\">",
    f"<a href=javascript:{RUN}>press</a>",
    f"<form action=javascript:{RUN}><button>press</button></form>",
    "<meta http-equiv=refresh content=0;url=https://evil.example/>",
    "<base href=https://evil.example/>",
    "<link rel=stylesheet href=https://evil.example/a.css>",
    "<style>*{background:url(https://evil.example/b)}</style>",
    f"\" onmouseover=\"{RUN}\" x=\"",
    f"' autofocus onfocus='{RUN}",
    f"`-{RUN}-`",
    f"${{{RUN}}} {{{{{RUN}}}}} #{{{RUN}}} <%= {RUN} %>",
    f"{{{{constructor.constructor('{RUN}')()}}}}",
    f"&lt;script&gt;{RUN}&lt;/script&gt; &#60;script&#62;",
    f"<scr\x00ipt>{RUN}</scr\x00ipt>",
    f"\ufeff<script>{RUN}</script>\u2028{RUN}\u2029",
    f"+ADw-script+AD4-{RUN}+ADw-/script+AD4-",
    f"\uff1cscript\uff1e{RUN}\uff1c/script\uff1e",
    f"]]><script>{RUN}</script><![CDATA[",
    f"--><script>{RUN}</script><!--",
]  # fmt: skip

ADDRESSES = [
    f"javascript:{RUN}",
    f"JaVaScRiPt:{RUN}",
    f" \t\njavascript:{RUN}",
    f"java\nscript:{RUN}",
    f"java\tscript:{RUN}",
    f"\x01javascript:{RUN}",
    f"\u2028javascript:{RUN}",
    f"javascript://images.example/%0a{RUN}",
    f"javascript:'https://images.example';{RUN}",
    f"&#106;avascript:{RUN}",
    f"vbscript:{RUN}",
    f"data:text/html,<script>parent.{RUN}</script>",
    "data:text/html;base64,PHNjcmlwdD53aW5kb3cucHduZWQ9MTwvc2NyaXB0Pg==",
    f"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='{RUN}'/>",
    "data:image/png;base64,iVBORw0KGgo=",
    "blob:https://shop.example/0000",
    "file:///etc/passwd",
    "filesystem:https://shop.example/temporary/a",
    "about:blank",
    "view-source:https://evil.example/",
    "ftp://evil.example/a.png",
    "ws://evil.example/",
    "intent://evil.example/#Intent;scheme=https;end",
    "//evil.example/a.png",
    "/\\evil.example/a.png",
    "../../evil.png",
    "https://images.example@evil.example/a.png",
    "https://images.example:pass@evil.example/a.png",
    "http://evil.example/a.png",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::1]/a.png",
    "https://",
    "https://%00/",
    "https://exa mple/",
    f'https://images.example"onerror="{RUN}',
]  # fmt: skip

STYLES = [
    "red;background:url(https://evil.example/s)",
    "red}*{background:url(https://evil.example/s)}",
    "url(https://evil.example/s)",
    "expression(window.pwned=1)",
    "image-set('https://evil.example/s' 1x)",
    "var(--x,url(https://evil.example/s))",
    "</style><script>window.pwned=1</script>",
    "\\72 ed;@import 'https://evil.example/s'",
    "red !important; position: fixed; inset: 0",
]  # fmt: skip

WRONG: list[Any] = [None, True, 0, -1.5, 1e308, "", "   ", [], {}, [[]], [None, 7, "x", []], {"length": 3}, {"0": "x"}]

TEXTS = ("text", "title", "subtitle", "content", "label", "alt", "address", "mimeType")
URLS = ("url", "imageUrl", "fallbackImageUrl", "urlAnchor")
TYPES = (
    "text", "youtube", "vimeo", "video", "audio", "image", "attachment", "location", "contact", "card", "list",
    "carousel", "command", "nothing-known",
)  # fmt: skip
URL_TYPES = ("image", "youtube", "vimeo", "video", "audio")
ACTIONS = ("postback", "reply", "link")


def hints(**pairs: Any) -> list[Message]:
    """Hints for the web chat."""
    metadata = [{"key": key.replace("_", "-"), "value": value} for key, value in pairs.items()]
    return [{"type": "Webchat", "metadata": metadata}]


def actions(title: Any, url: Any = GOOD) -> list[Message]:
    """One action of each kind."""
    return [{"type": kind, "title": title, "payload": title, "url": url} for kind in ACTIONS]


def of_markup(kind: str, markup: str) -> Message:
    """A message that has markup in every text."""
    entry = dict.fromkeys(TEXTS, markup) | {"actions": actions(markup), "urlType": markup}
    pairs = [{"key": markup, "value": markup, "type": "email"}, {"key": "phone", "value": markup, "type": "phone;cell"}]
    shown = {"channels": hints(caption_show="true", caption_color=markup, type=markup)}
    items = [entry | {"type": "card"}, entry | {"type": "image", "url": GOOD}, entry | {"type": markup}]
    return entry | shown | {"type": kind, "properties": pairs, "items": items, "imageUrl": GOOD, "url": GOOD}


def of_address(kind: str, address: str, url_type: str) -> Message:
    """A message that has a hostile address in every place for one."""
    entry: Message = dict.fromkeys(URLS, address) | {"title": "Title", "label": "Label", "urlType": url_type}
    pairs = [{"key": "Email", "value": address, "type": "email"}, {"key": "Cell", "value": address, "type": "phone"}]
    shown = entry | {"actions": actions("Press", address)}
    items = [shown | {"type": item} for item in ("card", "image", "video", "audio", "youtube", "vimeo", "attachment")]
    return shown | {"type": kind, "properties": pairs, "items": items, "text": address, "mimeType": "pdf"}


def of_style(kind: str, style: str) -> Message:
    """A message whose hints and texts look like styles."""
    channels = hints(caption_show="true", caption_color=style, type=style, style=style)
    entry = {"title": style, "url": GOOD, "urlType": "image", "style": style, "class": style, "channels": channels}
    items = [
        entry | {"type": "card", "actions": [{"type": "reply", "title": "Go", "payload": "", "channels": channels}]}
    ]
    return entry | {"type": kind, "text": style, "imageUrl": GOOD, "items": items}


def of_wrong(kind: str, value: Any) -> Message:
    """A message that has a value of the wrong type everywhere."""
    names = (*TEXTS, *URLS, "urlType", "latitude", "longitude", "properties", "items", "actions", "channels")
    return dict.fromkeys(names, value) | {"type": kind}


def nested(depth: int) -> Message:
    """Items in items in items."""
    message: Message = {"type": "image", "url": GOOD}
    for kind, _ in zip(cycle(("text", "list", "carousel", "card")), range(depth), strict=False):
        message = {"type": kind, "text": "deep", "title": "deep", "items": [message], "actions": actions("Deep")}
    return message


_POLLUTION: list[Message] = [
    {"type": "__proto__", "text": "a", "__proto__": {"polluted": 1, "url": f"javascript:{RUN}"}},
    {"type": "constructor", "text": "b", "constructor": {"prototype": {"polluted": 1}}},
    {"type": "toString", "text": "c", "hasOwnProperty": 1, "toString": 1, "valueOf": None},
    {"type": "text", "text": "d", "__proto__": None, "items": [{"type": "__proto__", "__proto__": {"polluted": 1}}]},
    {"type": "text", "text": "e", "channels": hints(__proto__="polluted", constructor="polluted", type="__proto__")},
    {"type": "text", "text": "f", "actions": [{"type": "__proto__", "title": "x"}, {"type": "toString", "title": "x"}]},
    {"type": "card", "title": "g", "urlType": "__proto__", "url": GOOD},
    {"type": "card", "title": "h", "urlType": "constructor", "url": GOOD},
    {"type": "contact", "title": "i", "properties": [{"key": "__proto__", "value": "polluted"}]},
    {"type": "list", "items": {"length": 1e9, "0": {"title": "j"}}},
]
_TRICKS: list[Message] = [
    {"type": "attachment", "label": "report\u202egnp.exe", "mimeType": "exe", "url": "https://evil.example/a.exe"},
    {"type": "attachment", "label": "\u2066\u2067\u202d\u202e", "mimeType": "pdf", "url": GOOD},
    {"type": "image", "url": GOOD, "alt": "\u202ex\u202c", "title": "\u0000\u0001\u001b[31m"},
    {"type": "text", "text": "Z\u0351\u036b\u0343" * 400},
    {"type": "text", "text": "\ud83d\udc4b" * 9000},
    {"type": "text", "text": "x" * 20_000},
    {"type": "text", "text": "https://images.example/" + ")" * 15_000},
    {"type": "text", "text": "\u200b\u200b\u2060\ufeff"},
    {"type": "text", "text": "\ufdfd\ufdfd\ufdfd \u0635\u0644\u0649 https://evil.example/\u202e//moc.elpmaxe"},
    {"type": "youtube", "url": "https://youtube.com.evil.example/embed/x1245b"},
    {"type": "youtube", "url": "https://evil.example/youtube.com/embed/x1245b"},
    {"type": "youtube", "url": f"https://youtube.com/embed/x\"onload=\"{RUN}"},
    {"type": "youtube", "url": "https://youtube.com/watch?v=../../evil"},
    {"type": "vimeo", "url": "https://vimeo.com.evil.example/12345678"},
    {"type": "vimeo", "url": "https://evilvimeo.com/12345678"},
    {"type": "vimeo", "url": "https://vimeo.com/12345678/%22%3E%3Cscript%3E"},
    {"type": "location", "address": f"</a><script>{RUN}</script>&q=https://evil.example/"},
    {"type": "location", "latitude": f"1\"><script>{RUN}</script>", "longitude": "javascript:1"},
    {"type": "location", "latitude": 1e308, "longitude": -1e308},
    {"type": "location", "latitude": "43.8", "longitude": ["-79.5"]},
    {"type": "contact", "title": "t", "properties": [
        {"key": "Email", "value": "a@b.example?bcc=x@evil.example&body=x", "type": "email"},
        {"key": "Email", "value": "a@b.example\r\nBcc: x@evil.example", "type": "email;work"},
        {"key": "Cell", "value": "*#06#;javascript:1", "type": "phone;cell"}]},
    {"type": "text", "text": "go", "actions": [
        {"type": "link", "title": "mail", "url": f"mailto:a@b.example\n\"onclick=\"{RUN}"},
        {"type": "link", "title": "call", "url": f"tel:<script>{RUN}</script>"}]},
]  # fmt: skip

CORPUS: list[Message] = [
    *(of_markup(kind, markup) for markup, kind in zip(MARKUP * 3, cycle(TYPES), strict=False)),
    *(
        of_address(kind, address, url_type)
        for address, kind, url_type in zip(ADDRESSES * 4, cycle(TYPES), cycle(URL_TYPES), strict=False)
    ),
    *(of_style(kind, style) for style in STYLES for kind in ("text", "image", "contact", "card", "list")),
    *(of_wrong(kind, value) for kind in TYPES for value in WRONG),
    *({"type": value} for value in WRONG),
    *_POLLUTION,
    *_TRICKS,
    *(nested(depth) for depth in (2, 5, 60)),
]
