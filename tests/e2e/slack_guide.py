"""Makes the picture of Slack's guide anew: `python -m tests.e2e.slack_guide`, after `npm ci` in tests/clients."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

from tests import live
from tests.e2e.conftest import ARGS
from tests.e2e.gallery import COLOURS
from tests.e2e.hostpage import DOCS
from tests.inbox.slack_emulated import emulated
from tests.services import free_port

WIDE, GAP, GROUND = {"width": 1100, "height": 900}, 16, "#eceae4"


@contextmanager
def office_with_slack(folder: Path) -> Iterator[live.Stack]:
    """The demo, with an app in an emulated workspace."""
    port = free_port()
    given = {
        "HUBSTER_SLACK_API": f"http://127.0.0.1:{port}", "HUBSTER_SLACK_CLIENT_ID": "1.2",
        "HUBSTER_SLACK_CLIENT_SECRET": "client-secret", "HUBSTER_SLACK_SIGNING_SECRET": "signing-secret",
    }  # fmt: skip
    with live.embedded(**given) as stack, emulated(folder, f"{stack.base}/integrations/slack/callback", port):
        yield stack


def enter(page: Page) -> None:
    """Log in as the demo's manager."""
    page.goto("/admin/login/")
    page.fill("#id_username", "manager")
    page.fill("#id_password", "manager")
    page.press("#id_password", "Enter")
    page.wait_for_url("**/admin/")


def photographed(page: Page) -> list[Image.Image]:
    """The form, the way to Slack, and the page on which one comes back."""
    page.goto("/admin/portal/integration/add/?channel=Slack")
    page.get_by_label("Hub").select_option(label="Demo shop")
    made = [_photo(page.locator("#content .hub-card"))]
    page.get_by_role("button", name="Next").click()
    leave = page.get_by_role("link", name="Add to Slack")
    leave.wait_for()
    made.append(_photo(page.locator("#content .hub-card")))
    leave.click()
    page.locator("form button").first.click()
    workspace = page.locator("#workspace")
    workspace.wait_for()
    page.get_by_text("Choose another channel").click()
    return [*made, _photo(workspace)]


def _photo(part: Locator) -> Image.Image:
    return Image.open(BytesIO(part.screenshot())).convert("RGB")


def sheet(parts: list[Image.Image]) -> Image.Image:
    """All parts below each other."""
    width = max(part.width for part in parts) + 2 * GAP
    made = Image.new("RGB", (width, sum(part.height + GAP for part in parts) + GAP), GROUND)
    top = GAP
    for part in parts:
        made.paste(part, (GAP, top))
        top += part.height + GAP
    return made


def main() -> None:
    """With a demo of its own."""
    with TemporaryDirectory() as folder, office_with_slack(Path(folder)) as stack, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        page = browser.new_context(viewport=WIDE, base_url=stack.base, locale="en-GB").new_page()
        enter(page)
        image = sheet(photographed(page)).quantize(COLOURS, kmeans=2, dither=Image.Dither.NONE)
        image.save(DOCS / "images" / "connect-slack.png", optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
