"""Websites as their owners write them, and the origins that browsers send for them."""

import pytest

from engine.adapters._origins import origin_allowed, site_of
from hubster.lib.payloads import PayloadError

# (as written, as kept, an origin that it allows, one that it does not)
WRITTEN = [
    ("shop.example.com", "shop.example.com", "https://shop.example.com", "http://shop.example.com"),
    ("Shop.Example.COM/", "shop.example.com", "https://shop.example.com", "https://shop.example.com:8443"),
    ("shop.example.com/tea?from=mail#top", "shop.example.com", "https://shop.example.com", "https://example.com"),
    (" //shop.example.com/tea ", "shop.example.com", "https://shop.example.com", "null"),
    ('"https://shop.example.com",', "https://shop.example.com", "https://shop.example.com", "http://shop.example.com"),
    ("https://Shop.Example.com/a/b?c=d:e@f", "https://shop.example.com", "https://shop.example.com", "https://a"),
    ("https://shop.example.com?x=//evil.com", "https://shop.example.com", "https://shop.example.com",
     "https://evil.com"),
    ("HTTPS://shop.example.com:443/x", "https://shop.example.com", "https://shop.example.com",
     "https://shop.example.com:443"),
    ("http://shop.example.com:080", "http://shop.example.com", "http://shop.example.com", "https://shop.example.com"),
    ("https://shop.example.com:8443/", "https://shop.example.com:8443", "https://shop.example.com:8443",
     "https://shop.example.com"),
    ("shop.example.com:8443", "https://shop.example.com:8443", "https://shop.example.com:8443",
     "http://shop.example.com:8443"),
    ("shop.example.com.", "shop.example.com", "https://shop.example.com", "https://shop.example.com."),
    ("my_shop.example.com", "my_shop.example.com", "https://my_shop.example.com", "https://shop.example.com"),
    ("http://intranet/help", "http://intranet", "http://intranet", "http://intranet:81"),
    ("localhost", "localhost", "http://localhost:3000", "http://localhost.evil.com"),
    ("localhost:3000", "http://localhost:3000", "http://localhost:3000", "http://localhost:3001"),
    ("127.0.0.1", "127.0.0.1", "http://127.0.0.1:8000", "http://127.0.0.2"),
    ("müller.example", "xn--mller-kva.example", "https://xn--mller-kva.example", "https://muller.example"),
    ("https://MÜLLER.example/tee", "https://xn--mller-kva.example", "https://xn--mller-kva.example", "https://m"),
    ("mu\u0308ller.example", "xn--mller-kva.example", "https://xn--mller-kva.example", "https://mller.example"),
    ("straße.example", "xn--strae-oqa.example", "https://xn--strae-oqa.example", "https://strasse.example"),
    ("例え。テスト", "xn--r8jz45g.xn--zckzah", "https://xn--r8jz45g.xn--zckzah", "https://xn--r8jz45g"),
    ("☕.example", "xn--53h.example", "https://xn--53h.example", "https://example"),
    ("::1", "[::1]", "http://[::1]:3000", "http://[::2]:3000"),
    ("http://[::1]:3000/", "http://[::1]:3000", "http://[::1]:3000", "http://[::1]:3001"),
    ("https://[2001:DB8:0:0::1]", "https://[2001:db8::1]", "https://[2001:db8::1]", "http://[2001:db8::1]"),
    ("[2001:db8::1]", "[2001:db8::1]", "https://[2001:db8::1]", "https://[2001:db8::1]:8443"),
    ("capacitor://localhost", "capacitor://localhost", "capacitor://localhost", "http://localhost"),
    ("ionic://localhost/index.html", "ionic://localhost", "ionic://localhost", "capacitor://localhost"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "kept", "good", "bad"), WRITTEN)
def test_a_website_is_kept_as_browsers_name_it(written, kept, good, bad):
    assert site_of(written) == kept
    assert site_of(kept) == kept, "what is kept can be saved again"
    assert origin_allowed(good, [kept])
    assert not origin_allowed(bad, [kept])


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("*.example.com", "wildcards are not supported"),
        ("shop", "not a whole domain"),
        ("ftp://shop.example.com", "“ftp” is not the start of a website's address"),
        ("https://shop.example.com:0", "the port must be from 1 to 65535"),
        ("https://300.1.1.1", "not an IPv4 address"),
        ("https://[::g]", "not an IPv6 address"),
        ("https://me@shop.example.com", "give a domain such as"),
    ],
)
def test_what_is_no_website_is_refused_in_words(written, words):
    with pytest.raises(PayloadError) as refusal:
        site_of(written)
    assert words in str(refusal.value)
