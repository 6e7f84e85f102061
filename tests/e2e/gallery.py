"""Makes the pictures of docs/widget-gallery.md anew: `python -m tests.e2e.gallery [folder]`."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from tests import live
from tests.e2e.conftest import ARGS
from tests.e2e.gallery_messages import REPLIES, every_type, silence
from tests.e2e.hostpage import DOCS, Site, samples, serving, snippet
from tests.e2e.widget import Business, bubbles, part, say, set_hidden
from tests.system.account import Account, guid

SIZES = {360: 740, 768: 900, 1440: 900}
WIDE = {"width": 1440, "height": 900}
COLUMNS, GAP, GROUND = 4, 16, "#c9c7c0"
MARGIN = 14  # of the page around the window, so that its shadow is seen
COLOURS = 128
# The same time of day whenever the pictures are made.
_CLOCK = "Date.prototype.toLocaleTimeString = () => '14:32';"
_PICTURES = """() => [...document.querySelector('hubster-webchat').shadowRoot.querySelectorAll('img')]
  .every((picture) => picture.complete)"""
_TOP = "(list, top) => { list.scrollTop = top; }"


@dataclass
class Scene:
    """One page with the chat on it, before it is photographed."""

    page: Page
    base: str
    folder: Path
    made: list[Path] = field(default_factory=list)

    @property
    def business(self) -> Business:
        """Whoever answers the visitor of this page."""
        return Business(Account(self.base))

    def open(self) -> None:
        """The visitor opens the chat."""
        part(self.page, ".launcher").click()
        expect(bubbles(self.page).first).to_be_visible()
        expect(part(self.page, ".panel.open")).to_have_css("opacity", "1")

    def talk(self) -> None:
        """A few words from both sides."""
        say(self.page, "Hello! Do you have a kettle that keeps its temperature?")
        business = self.business
        business.say("Hello, Noor here. We have two: one for the kitchen, and one for the road.")
        expect(bubbles(self.page, "agent")).to_have_count(1)
        say(self.page, "The one for the kitchen, please.")
        business.send(event={"type": "seen"})
        expect(part(self.page, ".row.own .meta").last).to_contain_text("Seen")

    def shoot(self, name: str) -> None:
        """The whole screen in each size, side by side."""
        shots = []
        for width, height in SIZES.items():
            self.page.set_viewport_size({"width": width, "height": height})
            self.rest()
            shots.append(self.page.screenshot())
        self.keep(name, beside(shots, len(shots)))
        self.page.set_viewport_size(WIDE)

    def cut(self, name: str) -> None:
        """The window alone."""
        self.keep(name, beside([self._window()], 1))

    def whole(self, name: str) -> None:
        """The window, scrolled from the first to the last message, as rows of pictures."""
        scroller = part(self.page, ".list")
        seen, length = scroller.evaluate("list => [list.clientHeight, list.scrollHeight]")
        shots = []
        for number in range(-(-(length - 40) // (seen - 40))):
            scroller.evaluate(_TOP, number * (seen - 40))
            shots.append(self._window())
        self.keep(name, beside(shots, COLUMNS))

    def _window(self) -> bytes:
        self.rest()
        box = part(self.page, ".panel").bounding_box()
        assert box
        clip = {"x": box["x"] - MARGIN, "y": box["y"] - MARGIN,
                "width": box["width"] + 2 * MARGIN, "height": box["height"] + 2 * MARGIN}  # fmt: skip
        return self.page.screenshot(clip=clip)

    def rest(self) -> None:
        """Until pictures have come and two frames were drawn."""
        self.page.mouse.move(2, 2)
        self.page.wait_for_function(_PICTURES)
        self.page.evaluate("() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")

    def keep(self, name: str, image: Image.Image) -> None:
        """As a file of few colours."""
        path = self.folder / f"widget-{name}.png"
        image.quantize(COLOURS, kmeans=2, dither=Image.Dither.NONE).save(path, optimize=True)
        self.made.append(path)


def beside(shots: list[bytes], columns: int) -> Image.Image:
    """Pictures in rows of that many."""
    images = [Image.open(BytesIO(shot)).convert("RGB") for shot in shots]
    rows = [images[start : start + columns] for start in range(0, len(images), columns)]
    height = max(image.height for image in images) + GAP
    sheet = Image.new("RGB", (max(sum(image.width + GAP for image in row) for row in rows), height * len(rows)), GROUND)
    for line, row in enumerate(rows):
        left = 0
        for image in row:
            sheet.paste(image, (left, line * height))
            left += image.width + GAP
    return sheet.crop((0, 0, sheet.width - GAP, sheet.height - GAP))


def default(scene: Scene) -> None:
    """The first documented snippet."""
    scene.open()
    scene.talk()
    scene.cut("default")
    scene.shoot("default-sizes")


def blue(scene: Scene) -> None:
    """The second documented snippet."""
    scene.open()
    scene.talk()
    scene.cut("blue")
    scene.shoot("blue-sizes")


def closed(scene: Scene) -> None:
    """Two messages came while it was closed."""
    scene.open()
    say(scene.page, "Hello")
    part(scene.page, ".header .close").last.click()
    set_hidden(scene.page, True)
    scene.business.say("Hello, Noor here.")
    scene.business.say("Can I help you?")
    expect(part(scene.page, ".launcher .badge")).to_have_text("2")
    expect(part(scene.page, ".panel")).to_have_css("visibility", "hidden")
    scene.shoot("closed")


def dark(scene: Scene) -> None:
    """The dark theme, with buttons."""
    scene.open()
    scene.talk()
    scene.business.send(message=every_type(scene.base)[0])
    expect(bubbles(scene.page, "agent")).to_have_count(2)
    scene.shoot("dark")


def every(scene: Scene) -> None:
    """A conversation with every type of message."""
    held: list[Route] = []
    scene.page.route("**/kettle.wav", lambda route: route.fulfill(body=silence(54), content_type="audio/wav"))
    scene.page.route("**/brewing.mp4", lambda route: held.append(route))  # it is still loading
    scene.open()
    say(scene.page, "Show me everything.")
    for number, message in enumerate(every_type(scene.base)):
        scene.business.send(message=message)
        expect(part(scene.page, ".row.agent")).to_have_count(number + 1)
    scene.whole("every")
    for route in held:
        route.abort()


def full(scene: Scene) -> None:
    """The window as the whole page."""
    scene.open()
    scene.talk()
    messages = every_type(scene.base)
    for number, message in enumerate((messages[-3], messages[0])):
        scene.business.send(message=message)
        expect(part(scene.page, ".row.agent")).to_have_count(number + 2)
    scene.rest()
    scene.keep("full", beside([scene.page.screenshot()], 1))


def replies(scene: Scene) -> None:
    """Quick replies, and then somebody types."""
    scene.open()
    scene.talk()
    scene.business.send(message={"type": "text", "text": "Which tea is it for?", "actions": REPLIES})
    expect(part(scene.page, ".quickReplies")).to_have_count(len(REPLIES))
    scene.cut("replies")
    scene.business.send(event={"type": "typing_on"})
    expect(part(scene.page, ".typing")).to_be_visible()
    scene.cut("typing")


def unsent(scene: Scene) -> None:
    """The server refuses a message; then the network is away."""
    scene.open()
    say(scene.page, "Hello")
    refusal = {"status": 400, "errors": [{"code": 5004, "description": "The message is too long."}]}
    scene.page.route("**/inbound/customer/**", lambda route: route.fulfill(status=400, json=refusal))
    part(scene.page, "textarea").fill("A message that the server does not take")
    part(scene.page, "textarea").press("Enter")
    expect(part(scene.page, ".row.failed .retry")).to_be_visible()
    scene.cut("failed")
    scene.page.unroute_all()
    scene.page.context.set_offline(True)
    expect(part(scene.page, ".status")).to_contain_text("offline")
    part(scene.page, "textarea").fill("Written on the train")
    part(scene.page, "textarea").press("Enter")
    expect(part(scene.page, ".row.delayed")).to_be_visible(timeout=30_000)
    scene.cut("offline")


def emoji(scene: Scene) -> None:
    """The choice of emoji."""
    scene.open()
    scene.talk()
    part(scene.page, "[aria-label='Insert emoji']").click()
    expect(part(scene.page, ".emoji")).to_be_visible()
    scene.cut("emoji")


def arabic(scene: Scene) -> None:
    """Another language, from right to left."""
    scene.open()
    say(scene.page, "مرحبا، هل لديكم إبريق شاي؟")
    scene.business.say("أهلا بك! نعم، لدينا اثنان.")
    expect(bubbles(scene.page, "agent")).to_have_count(1)
    scene.cut("arabic")


def styling(scene: Scene) -> None:
    """The mode that shows a sample of everything."""
    expect(part(scene.page, ".panel.open")).to_have_css("opacity", "1")
    scene.whole("styling")


def _settings(**more: Any) -> str:
    return json.dumps({"integrationId": guid("33"), **more})[1:-1]


# Each scene: what it does, the chat's settings, and the page's language.
SCENES: tuple[tuple[Callable[[Scene], None], dict[str, Any], str], ...] = (
    (closed, {}, "en"),
    (dark, {"theme": "dark"}, "en"),
    (full, {"fullWindow": True}, "en"),
    (every, {}, "en"),
    (replies, {}, "en"),
    (unsent, {}, "en"),
    (emoji, {}, "en"),
    (arabic, {}, "ar"),
    (styling, {"styling": True}, "en"),
)


@contextmanager
def _scene(chromium: Browser, base: str, host: Site, folder: Path) -> Iterator[Scene]:
    context = chromium.new_context(viewport=WIDE, locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(20_000)
    context.add_init_script(_CLOCK)
    page = context.new_page()
    page.goto(host.url)
    yield Scene(page, base, folder)
    context.close()


def make(folder: Path, only: tuple[str, ...] = ()) -> None:
    """All pictures, or those of the scenes that are named, into the folder."""
    with live.embedded() as stack, serving() as host, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        first, second = samples(stack.base)
        plain = [(play, snippet(stack.base, _settings(**more)), language) for play, more, language in SCENES]
        for play, host.snippet, host.language in [(default, first, "en"), (blue, second, "en"), *plain]:
            if only and play.__name__ not in only:
                continue
            with _scene(chromium, stack.base, host, folder) as scene:
                play(scene)
            for path in scene.made:
                print(f"{path.name}: {path.stat().st_size / 1000:.0f} KB")
        chromium.close()


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS / "images", tuple(sys.argv[2:]))
