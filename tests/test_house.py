"""The house rules that can be checked by reading the code: arrows, sizes, docstrings, the one door to the network."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("hubster", "portal", "engine", "webchat")
SKIPPED = {"node_modules", ".venv", "migrations", "__pycache__"}
MOST_LINES_OF_FUNCTION, MOST_LINES_OF_FILE = 40, 300
MOST_LINES_OF_ADAPTER, OF_ALL_CHANNELS = 250, {"_base.py", "_blocks.py"}

# A module may import from its own layer and from those before it.
LAYERS = (
    ("hubster.lib", "hubster.checks"),
    ("engine.activity", "engine.adapters"),
    ("portal",),
    ("engine",),
    ("webchat",),
)
WIRING = (
    "hubster.settings", "hubster.urls", "hubster.asgi", "hubster.celery", "hubster.oauth", "hubster.openapi",
    "hubster.theme", "hubster.providers", "engine.apps", "engine.checks", "engine.management", "engine.urls",
    "engine.workers",
)  # fmt: skip
MAY_WIRE = {
    "hubster/__init__.py", "hubster/urls.py", "hubster/asgi.py", "hubster/celery.py", "hubster/settings.py",
    "engine/apps.py", "engine/management/commands/demo.py", "engine/management/commands/serve.py",
}  # fmt: skip
# Inside `engine`: a room may know those of the floors below and of its own, but no two know each other.
FLOORS = (
    ("models", "activity", "adapters"),
    ("access", "serialize"),
    ("work",),
    ("actions",),
    ("pipeline", "delivery", "commands"),
    ("inbound", "inbox", "files", "bots", "sockets"),
    ("api", "desk", "admin", "jobs"),
)
MOST_ROOMS = 16
NETWORK = ("requests", "urllib.request", "urllib3", "http.client", "httpx", "aiohttp")
_BAD_OPENING = re.compile(r"(What|Whether|How|Who|Whose|As|The same)\b")
_SAYS_NOTHING = re.compile(r"\w+\.|By rank\.|In words\.")
DOTTED = re.compile(r"(engine|portal|webchat)\.[a-z_]+(\.\w+)*")
OURS = re.compile(r"(?<![\w.-])(engine|portal|webchat)\.\w")
ENTRANCES = {"manage.py", "hubster/asgi.py", "hubster/celery.py"}


def product_files() -> list[Path]:
    """The product's Python files."""
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return [ROOT / "manage.py", *sorted(path for path in found if not SKIPPED & set(path.parts))]


@cache
def tree(path: Path) -> ast.Module:
    """A file's syntax tree."""
    return ast.parse(path.read_text())


def name_of(path: Path) -> str:
    """The file as messages show it."""
    return str(path.relative_to(ROOT))


def module_of(path: Path) -> str:
    """The file's dotted name."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """Every name a file imports, wherever in the file: `from a import b` gives `a.b`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name_of(path)}:{node.lineno} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def names(path: Path) -> Iterator[str]:
    """Every name that a file imports, or writes as a string for others to import."""
    yield from imports(path)
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and DOTTED.fullmatch(node.value):
            package, part = node.value.split(".")[:2]
            if list((ROOT / package).glob(f"{part}*")):  # a module of ours, not the name of a host or of a logger
                yield node.value


def within(name: str, packages: tuple[str, ...]) -> bool:
    """Whether a dotted name is one of the packages or inside one."""
    return any(name == package or name.startswith(package + ".") for package in packages)


def layer(name: str) -> int | None:
    """The number of a module's layer; None for what is not ours, and for the wiring."""
    return next((number for number, packages in enumerate(LAYERS) if within(name, packages)), None)


def shown(faults: list[str]) -> str:
    """Faults as lines."""
    return "\n" + "\n".join(faults)


def test_imports_follow_the_arrows():
    faults = []
    for path in product_files():
        own = layer(module_of(path))
        for name in names(path):
            other = layer(name)
            if own is not None and other is not None and other > own:
                faults.append(f"{name_of(path)} imports {name}")
    assert not faults, shown(faults)


def room(name: str) -> str:
    """The room of `engine` in which a dotted name is; empty for other names, and for what only wires rooms."""
    parts = name.split(".")
    return parts[1] if parts[0] == "engine" and len(parts) > 1 and not within(name, WIRING) else ""


def floor(name: str) -> int | None:
    """The number of a room's floor; None for what is no room."""
    return next((number for number, rooms in enumerate(FLOORS) if name in rooms), None)


def doors() -> dict[tuple[str, str], str]:
    """Which room knows which other one, each with one place where it does."""
    found = {}
    for path in product_files():
        own = room(module_of(path))
        for name in names(path):
            other = room(name)
            if own and floor(other) is not None and other != own:
                found[own, other] = f"{name_of(path)} names {name}"
    return found


def test_every_room_of_the_engine_stands_on_a_floor():
    folders = {path.parent.name for path in (ROOT / "engine").glob("*/__init__.py")}
    loose = {path.stem for path in (ROOT / "engine").glob("*.py")} - {"__init__"}
    rooms = {name for name in folders | loose if room(f"engine.{name}")} - {"migrations"}
    assert not {name for name in rooms if floor(name) is None}, "give them a floor, or move them into a room"
    assert len(rooms & folders) <= MOST_ROOMS
    assert rooms - folders == {"access", "serialize"}


def test_rooms_of_the_engine_know_no_floor_above():
    faults = [place for (own, other), place in doors().items() if (floor(other) or 0) > (floor(own) or 0)]
    assert not faults, shown(faults)


def test_no_two_rooms_of_the_engine_know_each_other():
    """Not over others, either. A door that leads to no further one is in no circle, nor is one that none leads to."""
    left = doors()
    while left:
        behind, before = {own for own, _ in left}, {other for _, other in left}
        kept = {door: place for door, place in left.items() if door[1] in behind and door[0] in before}
        if len(kept) == len(left):
            break
        left = kept
    assert not left, shown(list(left.values()))


def test_the_library_names_nothing_of_the_product():
    faults = [
        f"{name_of(path)}:{node.lineno} names {node.value[:80]!r}"
        for path in product_files()
        if within(module_of(path), ("hubster.lib",))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and OURS.search(node.value)
    ]
    assert not faults, shown(faults)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("engine.files.store.Folder", True), ("see portal.actions.sessions", True), ("webchat.api", True),
        ("hubster.engine.api.0001", False), ("/engine-chat-hub", False), ("the engine. It", False),
    ],
)  # fmt: skip
def test_the_reader_of_the_library_finds_names_of_the_product(text, named):
    assert bool(OURS.search(text)) == named


def test_nobody_imports_the_wiring():
    faults = [
        f"{name_of(path)} imports {name}"
        for path in product_files()
        if name_of(path) not in MAY_WIRE
        for name in imports(path)
        if within(name, WIRING)
    ]
    assert not faults, shown(faults)


def test_the_format_and_the_adapters_are_pure():
    forbidden = ("django.db", "celery", "hubster.lib.clock", "portal", "engine.models", "time", "datetime.datetime.now")
    faults = [
        f"{name_of(path)} imports {name}"
        for path in product_files()
        if within(module_of(path), LAYERS[1])
        for name in imports(path)
        if within(name, forbidden)
    ]
    assert not faults, shown(faults)


def test_there_is_one_door_to_the_network():
    faults = [
        f"{name_of(path)} imports {name}"
        for path in product_files()
        if not name_of(path).startswith("hubster/lib/http")
        for name in imports(path)
        if within(name, NETWORK)
    ]
    assert not faults, shown(faults)


def test_nothing_waits_in_the_broker():
    faults = [
        f"{name_of(path)}:{node.value.lineno} uses {node.arg}="
        for path in product_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.keyword) and node.arg in ("countdown", "eta")
    ]
    assert not faults, shown(faults)


def test_the_environment_is_read_in_the_settings_only():
    faults = []
    for path in product_files():
        if name_of(path) == "hubster/settings.py":
            continue
        faults += [
            f"{name_of(path)} imports {name}" for name in imports(path) if within(name, ("environ", "os.getenv"))
        ]
        source = path.read_text()
        if name_of(path) in ENTRANCES:
            source = source.replace('os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubster.settings")', "")
        if re.search(r"os\.(environ|getenv)", source):
            faults.append(f"{name_of(path)} reads the environment")
    assert not faults, shown(faults)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method, nested ones too."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_functions_are_short():
    faults = [
        f"{name_of(path)}:{node.lineno} {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for path in [*product_files(), *(ROOT / "tests").rglob("*.py")]
        if not SKIPPED & set(path.parts)
        for node in functions(path)
        if node.end_lineno - node.lineno + 1 > MOST_LINES_OF_FUNCTION
    ]
    assert not faults, shown(faults)


def test_files_are_short():
    counts = {name_of(path): len(path.read_text().splitlines()) for path in product_files()}
    faults = [f"{name} has {count} lines" for name, count in counts.items() if count > MOST_LINES_OF_FILE]
    assert not faults, shown(faults)


def undocumented(node: ast.AST, prefix: str = "") -> Iterator[str]:
    """Public classes without a docstring; `Meta` speaks for itself. A function has one only where its name is short of
    something: shapes, units, None, errors or a source."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.ClassDef) or child.name.startswith("_") or child.name == "Meta":
            continue
        if not ast.get_docstring(child):
            yield f"{child.lineno} {prefix}{child.name}"
        yield from undocumented(child, child.name + ".")


def openings(module: ast.Module) -> Iterator[str]:
    """Docstrings that begin in the middle: with a question word or a comparison, or with nothing but a verb."""
    for node in ast.walk(module):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node) or ""
            if _BAD_OPENING.match(text) or _SAYS_NOTHING.fullmatch(text):
                yield f"{getattr(node, 'name', 'module')}: {text.splitlines()[0]}"


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("What it is.", True), ("Whether it is on.", True), ("The same, longer.", True), ("As configured.", True),
        ("Get.", True), ("True if it is on.", False), ("Assigns a bot.", False), ("(bytes, hash).", False),
    ],
)  # fmt: skip
def test_the_reader_of_docstrings_finds_bad_openings(text, bad):
    assert bool(list(openings(ast.parse(f'def f():\n    """{text}"""')))) == bad


def test_the_files_of_a_channel_are_small():
    files = [path for path in (ROOT / "engine/adapters").glob("*.py") if path.name not in OF_ALL_CHANNELS]
    faults = [name_of(path) for path in files if len(path.read_text().splitlines()) > MOST_LINES_OF_ADAPTER]
    assert not faults, shown(faults)


def test_no_docstring_opens_with_a_question_or_says_nothing():
    faults = [f"{name_of(path)} {found}" for path in product_files() for found in openings(tree(path))]
    assert not faults, shown(faults)


def test_every_module_and_public_class_says_what_it_is_for():
    faults = []
    for path in product_files():
        if not path.read_text().strip():
            continue  # an empty __init__.py
        if not ast.get_docstring(tree(path)):
            faults.append(f"{name_of(path)} has no docstring")
        faults += [f"{name_of(path)}:{found}" for found in undocumented(tree(path))]
    assert not faults, shown(faults)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-s3.txt"])
def test_each_requirement_is_pinned_and_has_its_reason(name):
    lines = (ROOT / name).read_text().splitlines()
    wanted = re.compile(r"(#.*|-r requirements\.txt|[A-Za-z0-9_.-]+(\[[a-z,]+\])?==[^\s;]+  # \S.*)$")
    faults = [line for line in lines if line.strip() and not wanted.match(line)]
    assert not faults, shown(faults)


def test_nothing_is_left_for_later():
    ours = [ROOT / name for name in (*PACKAGES, "templates", "static", "tests", "docs", "bench")]
    kinds = {".py", ".js", ".mjs", ".css", ".html", ".md", ".sh", ".toml"}
    word = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    faults = [
        f"{name_of(path)}:{number} {line.strip()[:80]}"
        for folder in ours
        for path in folder.rglob("*")
        if path.suffix in kinds and not (SKIPPED | {"dist", "fixtures", "golden"}) & set(path.parts)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if word.search(line)
    ]
    assert not faults, shown(faults)
