"""Strict JSON: what is read, what is refused, and that the refusal says where."""

import io

import pytest
from rest_framework.exceptions import ErrorDetail

from hubster.lib.parsing import MAX_DEPTH, BodyTooLarge, StrictJSONParser, UnreadableBody


def parse(raw: str | bytes):
    return StrictJSONParser().parse(io.BytesIO(raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw))


@pytest.mark.parametrize(("raw", "value"), [
    ("", None), (" \r\n\t", None), ("null", None), ("{}", {}), (b"\xef\xbb\xbf{}", {}),
    ('{"a": [1, 2.5, true]}', {"a": [1, 2.5, True]}),
    ('"\\ud83d\\ude00"', "\U0001f600"), ("1e308", 1e308), ("1e-400", 0.0), ("9" * 100, int("9" * 100)),
    ('{"": 1}', {"": 1}),
    ('{"a": 1, "A": 2}', {"a": 1, "A": 2}), ('[{"a": 1}, {"a": 1}]', [{"a": 1}, {"a": 1}]),
    ("[" * MAX_DEPTH + "]" * MAX_DEPTH, None),
])  # fmt: skip
def test_json_as_the_standard_has_it_is_read(raw, value):
    read = parse(raw)
    assert read == value or isinstance(read, list)


@pytest.mark.parametrize(("raw", "place"), [
    ("{", "not valid JSON"), ("{'a': 1}", "not valid JSON"), ("{} {}", "not valid JSON"), (b"\xff", "not valid JSON"),
    ("NaN", "NaN is not a JSON number"), ("[Infinity]", "Infinity"), ("-Infinity", "-Infinity"), ("1e400", "1e400"),
    ('{"a": {"b": -1e999}}', "-1e999"), ("9" * 101, "more than 100 digits"), ("9" * 5000, "more than 100 digits"),
    ("9" * 5000 + ".5e1", "too large"), ('{"a": 1, "a": 1}', '"a" is given twice'),
    ('[{"b": {"c": 1, "c": 2}}]', '"c"'),
    ('{"a": ["x", "\\u0000"]}', "'a[1]' holds a NUL"), ('{"a\\u0000": 1}', "The body holds a NUL"),
    ('{"a": "\\ud800"}', "'a' holds half"), ('{"\\udc00": 1}', "The body holds half"),
    ('{"a": "\ud800"}', "not valid JSON"),
    ("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2), "nested deeper than 32"), ("[" * 10**5, "not valid JSON"),
    ('{"a":' * 10**4 + "1" + "}" * 10**4, "n"), ("01", "not valid JSON"), ("+1", "not valid JSON"),
    (".5", "not valid JSON"),
])  # fmt: skip
def test_anything_else_is_refused_with_the_place(raw, place):
    with pytest.raises(UnreadableBody) as refused:
        parse(raw)
    assert isinstance(refused.value.detail, ErrorDetail)
    assert place in str(refused.value.detail)
    assert len(str(refused.value.detail)) < 500
    assert "sys." not in str(refused.value.detail)


def test_a_body_over_the_limit_is_not_read_to_its_end(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    stream = io.BytesIO(b'"' + b"x" * 10_000)
    with pytest.raises(BodyTooLarge):
        StrictJSONParser().parse(stream)
    assert stream.tell() == 101
    assert parse('"' + "x" * 98 + '"') == "x" * 98


def test_many_properties_and_one_of_them_twice_are_told_quickly():
    names = ",".join(f'"{number}":1' for number in range(60_000))
    with pytest.raises(UnreadableBody, match="twice"):
        parse(f'{{{names},"59999":2}}')
