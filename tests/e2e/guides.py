"""Makes the pictures of the channels' guides anew: `python -m tests.e2e.guides [folder]`.

Each shows where the provider keeps the values, drawn after its console, and then our own form, photographed.
"""

import base64
import os
import sys
from html import escape
from io import BytesIO
from pathlib import Path

import django
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from engine import adapters
from tests import live
from tests.e2e.conftest import ARGS
from tests.e2e.gallery import COLOURS
from tests.e2e.guide_steps import GUIDES, Chat, Console, Guide, Phone, Value
from tests.e2e.hostpage import DOCS

WIDE = {"width": 1100, "height": 900}
STYLE = """
* { box-sizing: border-box } body { margin: 0; padding: 20px; background: #eceae4; color: #23262b;
  font: 15px/1.45 system-ui, sans-serif; width: 1100px }
main { display: grid; grid-template-columns: 1fr 1fr; gap: 20px; align-items: start }
section { position: relative; background: #fff; border-radius: 12px; box-shadow: 0 1px 3px #0003 }
section > b { position: absolute; left: -10px; top: -10px; width: 32px; height: 32px; border-radius: 50%; color: #fff;
  background: #a34a28; display: grid; place-items: center; font-size: 17px }
header { padding: 10px 16px 10px 32px; border-bottom: 1px solid #ddd; color: #666; font-size: 13px }
.in { display: grid; grid-template-columns: 150px 1fr; min-height: 150px }
nav { border-right: 1px solid #eee; padding: 10px 0 } nav p { margin: 0; padding: 6px 16px; color: #777 }
nav p.chosen { color: #23262b; font-weight: 600; background: #f6e9e2; box-shadow: inset 3px 0 #a34a28 }
.values { padding: 16px; display: grid; gap: 14px; align-content: start }
.value .looks { border: 2px solid #a34a28; border-radius: 6px; padding: 6px 10px; font: 14px ui-monospace, monospace;
  overflow-wrap: anywhere; background: #fffaf7 }
.value .title { font-weight: 600 } .value .field { color: #a34a28; font-size: 14px }
.chat { padding: 16px; display: grid; gap: 8px } .chat p { margin: 0; padding: 7px 12px; border-radius: 12px;
  background: #f0f0f0; justify-self: start; max-width: 85% } .chat p.own { background: #dcefff; justify-self: end }
.path { padding: 16px 16px 0; display: flex; flex-wrap: wrap; gap: 8px; align-items: center }
.path span { border: 1px solid #ccc; border-radius: 999px; padding: 4px 14px }
.wide { grid-column: 1 / -1; padding: 0 } .wide img { display: block; width: 100%; border-radius: 12px }
"""


def drawn(step: Console | Chat | Phone) -> str:
    """A step, as HTML."""
    if isinstance(step, Console):
        menu = "".join(f"<p{' class=chosen' if one == step.chosen else ''}>{escape(one)}</p>" for one in step.menu)
        values = "".join(map(shown, step.values))
        inside = f'<div class="in"><nav>{menu}</nav><div class="values">{values}</div></div>'
        return f"<header>{escape(step.address)}</header>{inside}"
    if isinstance(step, Chat):
        lines = "".join(
            f"<p{' class=own' if line.startswith('> ') else ''}>{escape(line.removeprefix('> '))}</p>"
            for line in step.lines
        )
        return f"<header>@{escape(step.with_whom)}</header><div class='chat'>{lines}{shown(step.value)}</div>"
    path = " › ".join(f"<span>{escape(one)}</span>" for one in step.path)
    return (
        f"<header>{escape(step.app)}, on your phone</header><div class='path'>{path}</div>"
        f"<div class='values'>{shown(step.value)}</div>"
    )


def shown(value: Value) -> str:
    """A value, and where it goes."""
    return (
        f'<div class="value"><div class="title">{escape(value.title)}</div><div class="looks">{escape(value.looks)}'
        f'</div><div class="field">→ {escape(value.field)}</div></div>'
    )


def form(page: Page, guide: Guide) -> bytes:
    """Our own form with the values in it."""
    page.goto("/admin/portal/integration/add/")
    page.locator(f"a[href*='channel={guide.channel}']").first.click()
    page.locator("select[name=hub]").select_option(label="Demo shop")
    page.get_by_label("Name", exact=False).first.fill(f"Kettle & Fern, {label(guide)}")
    for title, text in guide.typed.items():
        field(page, title).fill(text)
    page.evaluate("document.activeElement.blur()")
    page.add_style_tag(content="#submit-row, .submit-row, [class*=sticky] { display: none !important }")
    return page.locator("#content form").first.screenshot()


def label(guide: Guide) -> str:
    """The channel's name, as people read it."""
    return str(adapters.get(guide.channel).label)


def field(page: Page, title: str) -> Locator:
    """The field with that label; a secret has a button of a similar name beside it."""
    return page.locator(f"label:has-text('{title}')").locator("xpath=ancestor::*[.//input][1]").locator("input").first


def picture(page: Page, guide: Guide, ours: bytes) -> Image.Image:
    """Everything on one sheet."""
    steps = "".join(
        f"<section{' class=wide' if len(guide.steps) == 1 else ''}><b>{number}</b>{drawn(step)}</section>"
        for number, step in enumerate(guide.steps, 1)
    )
    header = f"<header>Hubster › Integrations › Add integration › {escape(label(guide))}</header>"
    last = f'<section class="wide"><b>{len(guide.steps) + 1}</b>{header}<img src="data:image/png;base64,'
    page.set_content(f'<style>{STYLE}</style><main>{steps}{last}{base64.b64encode(ours).decode()}"></section></main>')
    page.wait_for_function("document.querySelector('img').complete")
    return Image.open(BytesIO(page.locator("body").screenshot())).convert("RGB")


def file_name(guide: Guide) -> str:
    """The channel as in the addresses of the API."""
    return f"connect-{adapters.get(guide.channel).slug}.png"


def make(browser: Browser, base: str, folder: Path) -> list[Path]:
    """A file for each channel."""
    context = browser.new_context(viewport=WIDE, base_url=base, locale="en-GB")
    page, sheet = context.new_page(), context.new_page()
    page.goto("/admin/login/")
    page.fill("#id_username", "manager")
    page.fill("#id_password", "manager")
    page.press("#id_password", "Enter")
    page.wait_for_url("**/admin/")
    made = []
    for guide in GUIDES:
        image = picture(sheet, guide, form(page, guide))
        path = folder / file_name(guide)
        image.quantize(COLOURS, kmeans=2, dither=Image.Dither.NONE).save(path, optimize=True)
        made.append(path)
    context.close()
    return made


def main() -> None:
    """With a demo of its own."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubster.settings")
    django.setup()
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS / "images"
    folder.mkdir(parents=True, exist_ok=True)
    with live.embedded() as stack, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        for path in make(browser, stack.base, folder):
            print(path.name, path.stat().st_size)


if __name__ == "__main__":
    main()
