"""What counts as one network address where callers are counted by it."""

import pytest

from hubster.lib.middleware import network_of


@pytest.mark.parametrize(("one", "other", "same"), [
    ("2001:db8::1", "2001:db8::2", True),
    ("2001:db8::1", "2001:db8::ffff:0:0:2", True),
    ("2001:db8::1", "2001:db8:0:1::1", False),
    ("fe80::1%eth0", "fe80::2", True),
    ("::ffff:192.0.2.1", "192.0.2.1", True),
    ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
    ("192.0.2.1", "192.0.2.2", False),
    ("::1", "127.0.0.1", False),
    (None, "192.0.2.1", False),
    (None, None, True),
])  # fmt: skip
def test_of_ipv6_a_network_of_64_bits_counts_as_one_address(one, other, same):
    assert (network_of(one) == network_of(other)) is same
