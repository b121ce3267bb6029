"""What is on the screen as a picture."""

from __future__ import annotations

import html
import re

from textual.app import App

_TEXT = re.compile(r'<text ([^>]*?)x="([\d.]+)" ([^>]*?)textLength="([\d.]+)"([^>]*)>([^<]*)</text>')
_PIECES = re.compile("[\u2800-\u28ff]|[^\u2800-\u28ff]+")


def picture_of(app: App[None], title: str) -> str:
    """The screen as SVG, for any viewer: without fonts from elsewhere, and with its spaces kept."""
    svg = app.export_screenshot(title=title, simplify=True)
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    # As wide as the cells: 0.602 em a letter in this font, 0.61 in the one that the cells were made for.
    svg = svg.replace("Fira Code", "DejaVu Sans Mono").replace("font-size: 20px", "font-size: 20.265px")
    svg = _TEXT.sub(_apart, svg.replace("&#160;", " "))
    return svg.replace("<text ", '<text xml:space="preserve" ')


def _apart(text: re.Match[str]) -> str:
    """Braille cell by cell: most fonts do not have it, and another one's is of another width."""
    before, x, between, length, behind, content = text.groups()
    letters = html.unescape(content)
    cell = float(length) / max(len(letters), 1)
    return "".join(
        f'<text {before}x="{float(x) + piece.start() * cell:.1f}" {between}'
        f'textLength="{len(piece[0]) * cell:.1f}"{behind}>{html.escape(piece[0])}</text>'
        for piece in _PIECES.finditer(letters)
    )
