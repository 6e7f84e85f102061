"""The grammar of commands: words, quotes, options, and what cannot be read."""

import pytest

from engine.activity import command_text
from engine.commands.grammar import BadLine, Line, Options, options, read


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("::resp -n contact.eva.green", Line("resp", ["-n", "contact.eva.green"])),
        ("::trans -force -n shopify", Line("trans", ["-force", "-n", "shopify"])),
        ("::RESP --list", Line("resp", ["--list"])),
        (":: help", Line("help", [])),
        ('::say "two words" and don\'t', Line("say", ["two words", "and", "don't"])),
        ("::say “as phones type”", Line("say", ["as phones type"])),
        (r"::find C:\temp #5", Line("find", [r"C:\temp", "#5"])),
        ("::transfer x", Line("trans", ["x"])),
        ("::weather\nParis", Line("weather", ["Paris"])),
        ('::say ""', Line("say", [""])),
    ],
)
def test_lines_are_split_into_words(text, line):
    assert read(text) == line


@pytest.mark.parametrize("text", ["::", "::   ", '::say "open', '::""'])
def test_a_line_without_a_name_or_with_an_open_quote_is_refused_with_advice(text):
    with pytest.raises(BadLine, match=r"::help|quote"):
        read(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("::resp -n price", Options(name="price")),
        ("::resp price", Options(name="price")),
        ("::resp --name price", Options(name="price")),
        ("::trans -force -n shop", Options(name="shop", force=True)),
        ("::trans -n shop --force", Options(name="shop", force=True)),
        ("::resp --list", Options(list=True)),
        ("::resp —list", Options(list=True)),
        ("::resp -c sales --list", Options(category="sales", list=True)),
        ('::resp -n "Our prices"', Options(name="Our prices")),
        ("::resp", Options()),
        ("::resp --help", Options(help=True)),
    ],
)
def test_options_may_come_in_any_order(text, expected):
    assert options(read(text)) == expected


@pytest.mark.parametrize("words", ["resp -x", "resp -n", "resp -c", "resp a b", "resp -n a b", "trans --lost"])
def test_what_does_not_belong_there_is_refused_with_the_way_to_type_it(words):
    with pytest.raises(BadLine, match="Type ::"):
        options(read(f"::{words}"))


@pytest.mark.parametrize(
    ("sender", "kind", "content", "found"),
    [
        ("Agent", "message", {"type": "text", "text": "  ::help "}, "::help"),
        ("Bot", "message", {"type": "text", "text": "::help"}, "::help"),
        ("Customer", "message", {"type": "text", "text": "::help"}, None),
        ("Hubster", "message", {"type": "text", "text": "::help"}, None),
        ("Agent", "message", {"type": "text", "text": "a ::help"}, None),
        ("Agent", "message", {"type": "text", "items": []}, None),
        ("Agent", "message", {"type": "image", "text": "::help"}, None),
        ("Agent", "event", {"type": "text", "text": "::help"}, None),
    ],
)
def test_only_the_business_gives_commands_and_only_by_text(sender, kind, content, found):
    assert command_text(sender, kind, content) == found
