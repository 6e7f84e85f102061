"""Addresses lose what may be a secret, and other texts lose it by its value."""

import pytest

from hubster.lib.secrecy import deeply_without_secrets, masked_url, without_secrets


@pytest.mark.parametrize(("url", "shown"), [
    ("https://a.example.com", "https://a.example.com"),
    ("https://a.example.com/", "https://a.example.com/"),
    ("https://a.example.com:8443/in", "https://a.example.com:8443/***"),
    ("https://hooks.slack.com/services/T0001/B0001/XyZ", "https://hooks.slack.com/***"),
    ("https://api.telegram.org/bot123:AAH-x/sendMessage", "https://api.telegram.org/***"),
    ("https://a.example.com?token=s3cret", "https://a.example.com/***"),
    ("https://a.example.com/#s3cret", "https://a.example.com/***"),
    ("https://user:pw@a.example.com/", "https://***@a.example.com/"),
    ("https://u@p@a.example.com/x", "https://***@a.example.com/***"),
    ("amqp://u:s3cret@a/v", "amqp://***@a/***"),
    ("//user@a.example.com/x", "//***@a.example.com/***"),
    ("a word that is no address", "***"),
    ("", ""),
])  # fmt: skip
def test_of_an_address_only_scheme_host_and_port_are_shown(url, shown):
    assert masked_url(url) == shown


@pytest.mark.parametrize(("url", "said", "shown"), [
    ("https://a/bot12:AAH/send", "Cannot POST /bot12:AAH/send", "Cannot POST ***"),
    ("https://a/services/T0/XyZ123", '{"path": "\\/services\\/T0\\/XyZ123"}', '{"path": "\\/***\\/T0\\/***"}'),
    ("https://a/in?token=s3cret&b=1", "token s3cret is wrong", "token *** is wrong"),
    ("https://a/in?token=s3%20cret", "token 's3 cret' is wrong", "token '***' is wrong"),
    ("https://a/gr%C3%BC%C3%9Fe-12", "grüße-12", "***"),
    ("https://user:p4ssw@a/in", "Basic user:p4ssw, p4ssw", "Basic ***, ***"),
    ("https://a/in", "in the middle of it", "in the middle of it"),
    ("https://a/orders", "We have no orders", "We have no orders"),
    ("https://a", "a", "a"),
    ("", "anything", "anything"),
])  # fmt: skip
def test_a_text_loses_what_the_address_hides(url, said, shown):
    assert without_secrets(said, url) == shown


def test_so_do_texts_inside_of_others():
    answer = {"status": 404, "headers": {"location": "/x/s3cret9"}, "body": ["s3cret9", None]}
    assert deeply_without_secrets(answer, "https://a/x/s3cret9") == {
        "status": 404, "headers": {"location": "***"}, "body": ["***", None],
    }  # fmt: skip
