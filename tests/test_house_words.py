"""House rules about texts that people read: each goes through gettext, and each is a whole sentence there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import pseudo
from tests.test_house import ROOT, name_of, product_files, shown, tree

GETTEXT = {"_", "gettext", "gettext_lazy", "pgettext", "pgettext_lazy"}
PLURAL = {"ngettext", "ngettext_lazy"}
READ = {
    "verbose_name", "verbose_name_plural", "help_text", "label", "short_description", "description", "empty_label",
    "empty_title", "empty_text", "title", "question", "consequence", "verb", "text", "hint", "more",
}  # fmt: skip
CALLS = {"column": [0], "action": [0], "display": [0], "ValidationError": [0], "Words": [0, 2], "Card": [0, 2]}
MESSAGES = {"success", "warning", "info", "error"}  # of django.contrib.messages
PAGES = ("portal/admin/", "engine/admin/", "engine/desk/", "portal/models/", "engine/models/", "engine/jobs/mail.py")
# Keywords that are no texts where they stand.
EXEMPT = {
    ("engine/models/", "help_text"): "these tables have no forms: notes for developers",
}
# Templates in English only: documents and the sample shop.
ENGLISH = {"webchat/base.html", "webchat/demo_bar.html", "webchat/docs.html", "webchat/docs_menu.html",
           "webchat/plain.html", "webchat/shop.html"}  # fmt: skip
ENGLISH_FOLDERS = ("webchat/reference/",)
NAMES = {"Hubster", "HTTP", "ms"}
TEMPLATES = ROOT / "templates"
_TRANSLATED = re.compile(
    r"{% block bodyclass %}.*?{% endblock %}|{%\s*blocktrans(late)?\b.*?{%\s*endblocktrans(late)?\s*%}"
    r"|{%\s*trans(late)?\b.*?%}|{#.*?#}|{%.*?%}|{{.*?}}",
    re.DOTALL,
)
_JS_TEXT = re.compile(
    r"""(?<![\w$])(?P<before>\w*gettext\(\s*)?(?P<quote>['"`])(?P<text>[A-Z][a-z]+[^'"`\n]*)(?P=quote)"""
)
_JS_NAMES = re.compile(
    r"^(YouTube|Vimeo|Enter|Escape|Arrow\w+|Home|End|Tab|Customer|Agent|Bot|Hubster|Sep|Content-Type)$"
)


def called(node: ast.Call) -> str:
    """The last name of what is called."""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def is_sentence(node: ast.AST) -> bool:
    """True for a text in the code itself, an assembled one too."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.Constant) and re.search(r"[A-Za-z]{2,}", part.value) for part in node.values)
    return (
        isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(re.search(r"[A-Za-z]{2}", node.value))
    )


def read_arguments(node: ast.Call) -> list[ast.expr]:
    """The arguments by position that people read."""
    if called(node) in MESSAGES and ast.unparse(node.func).startswith("messages."):
        return node.args[1:2]
    return [node.args[place] for place in CALLS.get(called(node), []) if place < len(node.args)]


def bare_texts(module: ast.Module) -> Iterator[tuple[int, str, str]]:
    """(line, keyword, text) of every text that stands where people read it, and is not translated."""
    for node in ast.walk(module):
        places: list[tuple[str, ast.AST]] = []
        if isinstance(node, ast.keyword) and node.arg in READ:
            places = [(node.arg, node.value)]
        elif isinstance(node, ast.Assign):
            places = [(t.id, node.value) for t in node.targets if isinstance(t, ast.Name) and t.id in READ]
            places += [(t.attr, node.value) for t in node.targets if isinstance(t, ast.Attribute) and t.attr in READ]
        elif isinstance(node, ast.Call):
            places = [(called(node), part) for part in read_arguments(node)]
        yield from ((part.lineno, name, ast.unparse(part)) for name, part in places if is_sentence(part))


def test_texts_of_pages_are_translated():
    faults = [
        f"{name_of(path)}:{line} {keyword}: {text}"
        for path in product_files()
        if name_of(path).startswith(PAGES)
        for line, keyword, text in bare_texts(tree(path))
        if not any(name_of(path).startswith(start) and keyword == word for start, word in EXEMPT)
    ]
    assert not faults, shown(faults)


def test_what_is_translated_is_a_text_in_the_code_and_plurals_are_ngettext():
    faults = []
    for path in product_files():
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call) or called(node) not in GETTEXT | PLURAL:
                continue
            texts = node.args[:2] if called(node) in PLURAL else node.args[-1:]
            if not all(isinstance(part, ast.Constant) for part in texts):
                faults.append(f"{name_of(path)}:{node.lineno} {ast.unparse(node)}")
    assert not faults, shown(faults)


def test_no_plural_is_made_by_an_s():
    plural = re.compile(r"""['"]s['"] if .* else ['"]{2}|['"]{2} if .* else ['"]s['"]""")
    faults = [
        f"{name_of(path)}:{number} {line.strip()}"
        for path in product_files()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if plural.search(line)
    ]
    assert not faults, shown(faults)


def templates() -> list[Path]:
    """The templates whose texts are translated."""
    found = sorted(path for path in TEMPLATES.rglob("*") if path.suffix in (".html", ".txt"))
    names = {path: str(path.relative_to(TEMPLATES)) for path in found}
    return [path for path in found if names[path] not in ENGLISH and not names[path].startswith(ENGLISH_FOLDERS)]


def bare_in_template(source: str) -> list[str]:
    """Texts of a template that stand outside the tags of translation."""
    return pseudo.bare_texts(f"<div>{_TRANSLATED.sub(' ', source)}</div>", NAMES)


@pytest.mark.parametrize("path", templates(), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_texts_of_templates_are_translated(path):
    assert bare_in_template(path.read_text()) == []


def bare_in_script(source: str) -> list[str]:
    """Texts of a script that are not arguments of gettext; of ngettext both are."""
    code = re.sub(r"/\*.*?\*/|(?<![:'\"])//[^\n]*", "", source, flags=re.DOTALL)
    code = re.sub(r"ngettext\((['\"]).*?\1,\s*(['\"]).*?\2", "", code)
    found = (match for match in _JS_TEXT.finditer(code) if not match["before"])
    return [match["text"] for match in found if not _JS_NAMES.match(match["text"])]


@pytest.mark.parametrize(
    "path",
    [path for folder in ("desk", "admin_hubster") for path in sorted((ROOT / "static" / folder).glob("*.js"))],
    ids=lambda path: path.name,
)
def test_texts_of_scripts_are_translated(path):
    assert bare_in_script(path.read_text()) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('<p>{% translate "Fine" %} {{ name }}</p>', []),
        ("<p>{% blocktranslate %}Fine{% endblocktranslate %}</p>", []),
        ("<p>Bare</p>", ["Bare"]),
        ('<button aria-label="Bare"></button>', ["Bare"]),
        ('<button aria-label="{% translate "Fine" %}"></button>', []),
    ],
)
def test_the_reader_of_templates_finds_bare_texts(source, found):
    assert bare_in_template(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("x.textContent = gettext('Fine words');", []),
        ("x.textContent = ngettext('Fine word', 'Fine words', n);", []),
        ("x.textContent = 'Bare words';", ["Bare words"]),
        ("x.textContent = `Bare ${words}`;", ["Bare ${words}"]),
        ("if (event.key === 'Enter') return; // Not read", []),
    ],
)
def test_the_reader_of_scripts_finds_bare_texts(source, found):
    assert bare_in_script(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("x = CharField(label='Bare')", 1),
        ("x = CharField(label=_('Fine'))", 0),
        ("messages.success(request, f'Bare {count}')", 1),
        ("messages.success(request, _('Fine'))", 0),
        ("@column('Bare')\ndef x(): ...", 1),
        ("empty_title = 'Bare'", 1),
        ("field.help_text = 'Bare'", 1),
        ("link = f'{base}?{query}'", 0),
    ],
)
def test_the_reader_of_code_finds_bare_texts(source, found):
    assert len(list(bare_texts(ast.parse(source)))) == found
