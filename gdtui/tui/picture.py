"""What is on the screen as a picture."""

from __future__ import annotations

import re

from textual.app import App


def picture_of(app: App[None], title: str) -> str:
    """The screen as SVG, for any viewer: without fonts from elsewhere, and with its spaces kept."""
    svg = app.export_screenshot(title=title, simplify=True)
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    # As wide as the cells: 0.602 em a letter in this font, 0.61 in the one that the cells were made for.
    svg = svg.replace("Fira Code", "DejaVu Sans Mono").replace("font-size: 20px", "font-size: 20.265px")
    svg = svg.replace("&#160;", " ")
    return svg.replace("<text ", '<text xml:space="preserve" ')
