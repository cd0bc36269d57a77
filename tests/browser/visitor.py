"""Somebody who uses the admin page, and what is looked at meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.api.conftest import PASSWORD
from tests.conftest import REPOSITORY

AXE = REPOSITORY / "api" / "admin" / "node_modules" / "axe-core" / "axe.min.js"
SCREENSHOTS = REPOSITORY / "tests" / "browser" / "screenshots"
GRAVE = {"serious", "critical"}
NARROW = {"width": 390, "height": 844}
WIDE = {"width": 1280, "height": 860}
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile, lineNumber }) =>
  console.error(`content policy: ${violatedDirective} ${blockedURI} ${sourceFile}:${lineNumber}`));
"""
FIND_TOO_WIDE = """() => {
  const wider = document.documentElement.scrollWidth - window.innerWidth;
  const standsOut = (each) => {
    if (each.closest(".visually-hidden, .log, pre, thead, select")) return false;
    return each.getBoundingClientRect().right > each.closest(".card").getBoundingClientRect().right + 1;
  };
  const out = [...document.querySelectorAll(".card *")].filter(standsOut).slice(0, 3);
  return [...(wider > 0 ? [`the page by ${wider} pixels`] : []), ...out.map((each) => each.outerHTML.slice(0, 120))];
}"""
RUN_AXE = """async (options) => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"], ...options });
  const told = (node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`;
  return violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.slice(0, 3).map(told) }));
}"""


@dataclass
class Visitor:
    """A page with somebody before it. `foreign`: requests to elsewhere; `violations`: of the content policy."""

    page: Page
    address: str
    foreign: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)

    async def watch(self) -> None:
        """Note what must not happen."""
        await self.page.add_init_script(REPORT_VIOLATIONS)
        self.page.on("request", lambda request: self._note_request(request.url))
        self.page.on("console", lambda message: self._note_message(message.text))
        self.page.on("pageerror", lambda error: self.crashes.append(str(error)[:300]))

    def _note_request(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:")):
            self.foreign.append(url)

    def _note_message(self, text: str) -> None:
        if "content policy" in text.lower() or "Content Security Policy" in text:
            self.violations.append(text[:300])

    async def sign_in(self, email: str, name: str = "Ada Admin") -> None:
        """Come in by the door."""
        await self.page.goto("/admin/sign-in")
        await self.page.get_by_label("E-mail address").fill(email)
        await self.page.get_by_label("Password").fill(PASSWORD)
        await self.page.get_by_role("button", name="Sign in").click()
        await self.sees_heading(f"Hello, {name}")

    async def open(self, path: str, heading: str) -> None:
        """Go to an address of the page."""
        await self.page.goto(f"/admin{path}")
        await self.sees_heading(heading)

    async def sees_heading(self, text: str) -> None:
        """The page's heading is this."""
        await expect(self.page.get_by_role("heading", level=1, name=text)).to_be_visible()
        await expect(self.page.get_by_text("Loading…", exact=True)).to_have_count(0)

    def button(self, name: str) -> Locator:
        """The button of that name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def card(self, heading: str) -> Locator:
        """The part of the page with that heading."""
        return self.page.locator(".card").filter(has=self.page.get_by_role("heading", name=heading, exact=True))

    async def tab_to(self, control: Locator, most: int = 60) -> None:
        """Go to a control with the keyboard alone, as it is reached from where one is."""
        await expect(control).to_be_visible()
        for _ in range(most):
            if await control.evaluate("element => element === document.activeElement"):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"{control} is not reached with {most} presses of Tab")

    async def use_colours(self, scheme: str) -> None:
        """Look at it in light or dark."""
        await self.page.evaluate("scheme => document.documentElement.dataset.theme = scheme", scheme)

    async def keep_screenshot(self, name: str, *, full_page: bool = True) -> None:
        """Keep what is seen, for people to look at."""
        SCREENSHOTS.mkdir(exist_ok=True)
        await self.page.evaluate("window.scrollTo(0, 0)")
        await self.page.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled", full_page=full_page)

    async def faults(self, **options: Any) -> list[dict[str, Any]]:
        """Serious faults that axe finds in what is shown. `options`: of `axe.run`."""
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(AXE.read_text("utf-8"))
        found: list[dict[str, Any]] = await self.page.evaluate(RUN_AXE, options)
        return [fault for fault in found if fault["impact"] in GRAVE]

    async def too_wide(self) -> list[str]:
        """What stands out of the window, or of its card, to the right."""
        found: list[str] = await self.page.evaluate(FIND_TOO_WIDE)
        return found

    async def glance(self, name: str) -> list[str]:
        """What is wrong with a dialog over a page that is looked at elsewhere; keeps a screenshot."""
        await self.keep_screenshot(name, full_page=not await self.page.locator("dialog[open]").count())
        return [f"{name}: {fault}" for fault in await self.faults()]

    async def look(self, name: str) -> list[str]:
        """Everything wrong with what is shown: in light and in dark, and on a telephone; keeps screenshots."""
        wrong = []
        # Colours alone change in the dark.
        for scheme, options in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
            await self.use_colours(scheme)
            await self.keep_screenshot(f"{name}-{scheme}")
            wrong += [f"{name} in {scheme}: {fault}" for fault in await self.faults(**options)]
        await self.use_colours("light")
        wrong += [f"{name} is too wide: {found}" for found in await self.too_wide()]
        await self.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        wrong += [f"{name} is too wide on a telephone: {found}" for found in await self.too_wide()]
        await self.keep_screenshot(f"{name}-narrow")
        await self.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        return wrong
