"""
Results as a chart: `python -m benchmarks.compare.chart results.json chart.svg`.

One row a file, one dot a peer, at its time over the base reader's on a logarithmic axis: right of the line the base is
the faster one. A dot left of it is a cell that is lost, drawn as a cross and named. The file stands alone: no font, no
script and no style from elsewhere, and it follows the reader's choice of dark or light.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

from .table import ratios

WIDTH, LEFT, RIGHT, TOP, ROW = 860, 150, 40, 96, 44
# Ratios on the axis, as far as the data reach.
TICKS = (0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)
# Distinguishable without red and green; the shapes tell them apart without colour at all (Okabe and Ito, 2008).
MARKS = (
    ("#0072b2", "circle"),
    ("#56b4e9", "ring"),
    ("#e69f00", "square"),
    ("#009e73", "diamond"),
    ("#d55e00", "triangle"),
    ("#cc79a7", "down"),
    ("#8a8a8a", "bar"),
)
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f } .small { font-size: 11px; fill: #57606a }
.title { font-size: 16px; font-weight: 600 } .grid { stroke: #d0d7de } .one { stroke: #24292f; stroke-width: 1.5 }
.span { stroke: #d0d7de; stroke-width: 6; stroke-linecap: round } .lost { fill: #cf222e; font-weight: 600 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .small { fill: #9198a1 } .grid, .span { stroke: #3d444d }
.one { stroke: #e6edf3 } .lost { fill: #ff7b72 }
}
"""


def render(results: dict[str, Any]) -> str:
    """The chart as the text of an SVG file."""
    base = results["base"]
    rows = [(shape, ratios(shape, base)) for shape in results["shapes"]]
    rows = [(shape, {peer: ratio.median for peer, ratio in found.items()}) for shape, found in rows if found]
    if not rows:
        raise ValueError("the results hold no ratio to draw")
    peers = list(dict.fromkeys(peer for _, found in rows for peer in found))
    axis = _Axis([value for _, found in rows for value in found.values()])
    height = TOP + ROW * len(rows) + 56
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(_alternative(base, rows), quote=True)}">',
        f"<style>{STYLE}</style>",
        f'<text class="title" x="16" y="28">Times slower than {escape(base)}, whole typed read</text>',
        *_legend(peers),
        *_grid(axis, height - 48),
    ]
    for number, (shape, found) in enumerate(rows):
        parts += _row(TOP + ROW * number + ROW / 2, shape, found, peers, axis)
    parts += [f'<text class="small" x="16" y="{height - 14}">{escape(_about(results))}</text>', "</svg>"]
    return "\n".join(parts) + "\n"


class _Axis:
    """Ratios to places, by their logarithms; 1 is always on it."""

    def __init__(self, values: Sequence[float]) -> None:
        low, high = min(*values, 1) / 1.15, max(*values, 1) * 1.25
        self.ticks = [tick for tick in TICKS if low <= tick <= high]
        self._low = math.log(low)
        self._unit = (WIDTH - LEFT - RIGHT) / (math.log(high) - self._low)

    def __call__(self, value: float) -> float:
        return LEFT + (math.log(value) - self._low) * self._unit


def _legend(peers: Sequence[str]) -> Iterator[str]:
    x = 16.0
    for peer, (colour, mark) in zip(peers, MARKS, strict=False):
        yield _mark(x + 6, 54, colour, mark)
        yield f'<text x="{x + 18:.0f}" y="58">{escape(peer)}</text>'
        x += 36 + 7.2 * len(peer)


def _grid(axis: _Axis, bottom: float) -> Iterator[str]:
    for tick in axis.ticks:
        style = "one" if tick == 1 else "grid"
        yield f'<line class="{style}" x1="{axis(tick):.1f}" x2="{axis(tick):.1f}" y1="{TOP - 8}" y2="{bottom}"/>'
        yield f'<text class="small" x="{axis(tick):.1f}" y="{bottom + 16}" text-anchor="middle">{tick:g}&#215;</text>'


def _row(y: float, shape: dict[str, Any], found: dict[str, float], peers: Sequence[str], axis: _Axis) -> Iterator[str]:
    yield f'<text x="16" y="{y}">{escape(shape["name"])}</text>'
    yield f'<text class="small" x="16" y="{y + 14}">{shape["bytes"] / 1e6:.0f} MB</text>'
    low, high = axis(min(found.values())), axis(max(found.values()))
    yield f'<line class="span" x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}"/>'
    nearest = min(found, key=lambda peer: found[peer])
    # The nearest peer is drawn last, above those that it hides.
    for peer in sorted(found, key=lambda peer: -found[peer]):
        colour, mark = MARKS[peers.index(peer) % len(MARKS)]
        title = f"<title>{escape(shape['name'])}, {escape(peer)}: {found[peer]:.2f}</title>"
        yield f"<g>{title}{_mark(axis(found[peer]), y, colour, mark if found[peer] >= 1 else 'cross')}</g>"
    lost = ' class="lost"' if found[nearest] < 1 else ' class="small"'
    word = " LOST" if found[nearest] < 1 else ""
    yield f'<text{lost} x="{low:.1f}" y="{y - 11}" text-anchor="middle">{found[nearest]:.2f}{word}</text>'


def _mark(x: float, y: float, colour: str, mark: str) -> str:
    def polygon(*corners: tuple[float, float]) -> str:
        points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)
        return f'<polygon points="{points}" fill="{colour}"/>'

    match mark:
        case "circle":
            return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{colour}"/>'
        case "ring":
            return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="none" stroke="{colour}" stroke-width="3"/>'
        case "square":
            return polygon((-5, -5), (5, -5), (5, 5), (-5, 5))
        case "diamond":
            return polygon((0, -7), (7, 0), (0, 7), (-7, 0))
        case "triangle":
            return polygon((0, -6.5), (6.5, 5), (-6.5, 5))
        case "down":
            return polygon((0, 6.5), (6.5, -5), (-6.5, -5))
        case "bar":
            return polygon((-2.5, -7), (2.5, -7), (2.5, 7), (-2.5, 7))
    cross = f"M{x - 6:.1f} {y - 6:.1f}l12 12m0 -12l-12 12"
    return f'<path d="{cross}" stroke="{colour}" stroke-width="3.5" fill="none"/>'


def _alternative(base: str, rows: Sequence[tuple[dict[str, Any], dict[str, float]]]) -> str:
    told = []
    for shape, found in rows:
        nearest = min(found, key=lambda peer: found[peer])
        told.append(f"{shape['name']} {found[nearest]:.2f} ({nearest})")
    return f"Times slower than {base}, the nearest peer of each file: {', '.join(told)}"


def _about(results: dict[str, Any]) -> str:
    machine = results["machine"]
    scale = "" if results["scale"] == 1 else f", scale {results['scale']:g}: not a full run"
    return (
        f"{machine['date']}; {machine['cpu']}, {machine['threads']} threads, {machine['system']}; medians of "
        f"{results['rounds']} interleaved rounds{scale}"
    )


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(render(json.loads(Path(sys.argv[1]).read_text())))
