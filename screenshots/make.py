"""Makes the pictures of the README from the real app: python screenshots/make.py [NAME ...]

Each scene is the app at a size, and keys pressed in it. Needs rsvg-convert (librsvg2-bin) and DejaVu Sans Mono;
pngquant makes them smaller.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gdtui.charts.cells import Depth
from gdtui.descent.setup import prepare
from gdtui.tui.app import Explorer
from gdtui.tui.picture import picture_of
from gdtui.tui.view import CHARTS

HERE = Path(__file__).parent
WIDTHS = {80: 1000, 120: 1400, 60: 800, 200: 1600}


@dataclass
class Scene:
    """The app as ``prepare`` is told, at a size, after ``keys``."""

    name: str
    size: tuple[int, int]
    keys: list[str]
    objective: str = "himmelblau"
    optimizer: str = "gd"
    depth: Depth = Depth.TRUECOLOR
    options: dict[str, Any] = field(default_factory=dict)


def choose(key: str, text: str) -> list[str]:
    """Open a chooser, type, take."""
    return [key, *({"-": "minus"}.get(c, c) for c in text), "enter"]


COMPARED = [*["n"] * 40, "r", *choose("o", "momentum"), *["n"] * 14]
SCENES = [
    Scene("explorer-120x40", (120, 40), COMPARED),
    Scene("explorer-80x24", (80, 24), ["n"] * 12),
    Scene("explorer-60x15", (60, 15), ["n"] * 12),
    Scene("future-80x24", (80, 24), [*["n"] * 6, "up"], optimizer="adam", options={"settings": {"lr": 0.5}}),
    Scene("curve-80x24", (80, 24), ["n"] * 7, "square", options={"settings": {"lr": 0.9}}),
    Scene("explorer-120x40-256", (120, 40), COMPARED, depth=Depth.INDEXED),
    Scene("explorer-80x24-16", (80, 24), ["n"] * 12, depth=Depth.STANDARD),
    Scene("explorer-80x24-adam", (80, 24), ["n"] * 12, optimizer="adam", options={"settings": {"lr": 0.1}}),
    Scene("into-120x40", (120, 40), [*["n"] * 9, *["s"] * 7], optimizer="adam", options={"settings": {"lr": 0.3}}),
    Scene("gradient-80x24", (80, 24), ["n", "n", "n", "s", "enter", *["s"] * 10]),
    Scene("rule-80x24", (80, 24), [*["n"] * 5, "e", "down", "end", *["left"] * 6, "backspace"], optimizer="adam"),
    Scene("explorer-80x24-mono", (80, 24), ["n"] * 12, depth=Depth.MONO),
]
SCENES += [
    Scene(f"{chart}-{width}x{height}", (width, height), [*["n"] * 30, str(key)], optimizer="adam",
          options={"settings": {"lr": 0.3}})
    for key, chart in enumerate(CHARTS, 1)
    for width, height in ((80, 24), (120, 40), (200, 60))
]  # fmt: skip


async def make(scene: Scene) -> Path:
    """Run the scene and write its PNG."""
    setup = prepare(scene.objective, scene.optimizer, stopping={"gtol": 1e-6}, **scene.options)
    app = Explorer(setup, scene.depth, clock=lambda: 0.0)
    with tempfile.TemporaryDirectory() as folder:
        svg = Path(folder) / "screen.svg"
        async with app.run_test(size=scene.size) as pilot:
            await pilot.pause()
            for key in scene.keys:
                await pilot.press(key)
            await pilot.pause()
            svg.write_text(picture_of(app, f"gdtui {scene.objective}"))
        png = HERE / f"{scene.name}.png"
        width = str(WIDTHS.get(scene.size[0], 1400))
        subprocess.run(["rsvg-convert", "-w", width, str(svg), "-o", str(png)], check=True)
        if shutil.which("pngquant"):  # a third of the size
            subprocess.run(["pngquant", "--force", "--ext", ".png", "--speed", "1", str(png)], check=True)
    return png


def main() -> None:
    if shutil.which("rsvg-convert") is None:
        sys.exit("rsvg-convert is needed (Debian: librsvg2-bin)")
    wanted = sys.argv[1:]
    for scene in SCENES:
        if not wanted or scene.name in wanted:
            print(asyncio.run(make(scene)).name)


if __name__ == "__main__":
    main()
