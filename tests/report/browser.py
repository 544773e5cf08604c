"""Takes a page; gives what headless Chromium shows of it, by its DevTools over a pipe. Knows nothing of reports."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

QUIET = ("--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-sync", "--hide-scrollbars", *QUIET)


class Browser:
    """One open page.

    Its messages are JSON, ended by a zero byte. Source: Chromium, DevTools protocol, `--remote-debugging-pipe`.
    """

    def __init__(self, sent: int, heard: int) -> None:
        """Take both ends of the pipe."""
        self._sent, self._heard = os.fdopen(sent, "wb"), os.fdopen(heard, "rb")
        self._number, self._session = 0, ""
        self.told: list[str] = []

    def call(self, method: str, **given: Any) -> dict[str, Any]:
        """Give the answer of one command; what the console says meanwhile is kept in `told`."""
        self._number += 1
        words = {"id": self._number, "method": method, "params": given}
        self._sent.write(json.dumps(words | ({"sessionId": self._session} if self._session else {})).encode() + b"\0")
        self._sent.flush()
        while True:
            said = self._hear()
            if said.get("id") == self._number:
                assert "error" not in said, said
                found: dict[str, Any] = said["result"]
                return found

    def _hear(self) -> dict[str, Any]:
        raw = bytearray()
        while (byte := self._heard.read(1)) != b"\0":
            assert byte, "the browser is gone"
            raw += byte
        said: dict[str, Any] = json.loads(raw)
        if said.get("method") == "Log.entryAdded":
            self.told.append(said["params"]["entry"]["text"])
        return said

    def attach(self) -> None:
        """Open an empty page and speak with it from here on."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Log.enable")

    def open(self, page: Path, *, width_px: int = 1280, height_px: int = 900) -> None:
        """Show a page at a size, also one that is narrower than a window can be, once all of it is there."""
        sides = {"width": width_px, "height": height_px, "deviceScaleFactor": 1, "mobile": width_px < 600}
        self.call("Emulation.setDeviceMetricsOverride", **sides)
        self.call("Page.navigate", url=page.as_uri())
        while self._hear().get("method") != "Page.loadEventFired":
            continue
        self.run("document.querySelectorAll('img').forEach(of => of.loading = 'eager')")
        self.run("Promise.all([...document.images].map(of => of.decode().catch(() => 0)))")

    def run(self, script: str) -> Any:
        """Give the value of a script, that of its promise where it gives one."""
        found = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def close(self) -> None:
        """Close the pipe; what was not sent is lost."""
        for end in (self._sent, self._heard):
            with suppress(BrokenPipeError):
                end.close()

    def picture(self, *, whole: bool = False) -> np.ndarray:
        """Give what the screen shows, (H, W, 3) int; with `whole` the page to its end."""
        raw = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **self._clip(whole))[
            "data"
        ]
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(raw))).convert("RGB")).astype(int)

    def _clip(self, whole: bool) -> dict[str, Any]:
        if not whole:
            return {}
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        return {"clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}}

    def pdf(self) -> bytes:
        """Give the page as it is printed."""
        return base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True)["data"])


@contextmanager
def opened(chromium: str, profile: Path) -> Iterator[Browser]:
    """Give a browser with one page; it ends with the block."""
    (to_it, sent), (heard, from_it) = os.pipe(), os.pipe()
    command = ["bash", "-c", f'exec "$@" 3<&{to_it} 4>&{from_it}', "bash", chromium, *FLAGS]
    command += ["--remote-debugging-pipe", f"--user-data-dir={profile}"]
    run = subprocess.Popen(command, pass_fds=(to_it, from_it), stderr=subprocess.DEVNULL)
    os.close(to_it)
    os.close(from_it)
    browser = Browser(sent, heard)
    try:
        browser.attach()
        yield browser
    finally:
        run.kill()
        run.wait()
        browser.close()
