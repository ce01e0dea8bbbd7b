"""Small graphs as SVG, legible on light and dark pages: bars, and lines with logarithmic axes."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 640
LABELS, VALUES = 170, 130
ROW = 26

STYLE = (
    "text{fill:#1f2328}.quiet{fill:#59636e}rect{fill:#8c959f}path.grid{stroke:#d1d9e0}"
    "path{fill:none}.ours{fill:#2563eb}"
    ".c0{stroke:#2563eb}.c1{stroke:#bf3989}.c2{stroke:#1a7f37}.c3{stroke:#bc4c00}.c4{stroke:#6e7781}"
    "@media(prefers-color-scheme:dark){"
    "text{fill:#e6edf3}.quiet{fill:#9198a1}rect{fill:#6e7681}path.grid{stroke:#3d444d}"
    ".ours{fill:#60a5fa}"
    ".c0{stroke:#60a5fa}.c1{stroke:#f778ba}.c2{stroke:#3fb950}.c3{stroke:#f0883e}.c4{stroke:#9198a1}}"
)


@dataclass(frozen=True)
class Bar:
    label: str
    value: float
    text: str
    is_ours: bool = False


def bars(title: str, rows: Sequence[Bar]) -> str:
    """Horizontal bars from zero."""
    scale = (WIDTH - LABELS - VALUES) / max(row.value for row in rows)
    return _svg(title, 38 + ROW * len(rows), list(_bars(rows, scale)))


def _bars(rows: Sequence[Bar], scale: float) -> Iterator[str]:
    for number, row in enumerate(rows):
        y, long = 38 + ROW * number, max(1, row.value * scale)
        ours = ' class="ours"' if row.is_ours else ""
        yield _text(LABELS, y + 14, row.label, anchor="end")
        yield f'<rect{ours} x="{LABELS + 10}" y="{y}" width="{long:.0f}" height="18" rx="3"/>'
        yield _text(LABELS + long + 16, y + 14, row.text)


def lines(
    title: str,
    xs: Sequence[float],
    series: Mapping[str, Sequence[float]],
    *,
    x_name: str,
    unit: str,
) -> str:
    """Lines over ``xs``; both axes are logarithmic, with a grid at powers of ten."""
    across, up = _Axis(xs, 70, WIDTH - 150), _Axis(_flat(series), 250, 46)
    drawn = [*_grid(across, up, unit), *_ticks(xs, across, x_name)]
    ends = []
    for number, (name, ys) in enumerate(series.items()):
        points = [f"{across.at(x):.1f} {up.at(y):.1f}" for x, y in zip(xs, ys, strict=True)]
        drawn.append(f'<path class="c{number}" stroke-width="2.5" d="M{"L".join(points)}"/>')
        ends.append((up.at(ys[-1]), name))
    for y, name in _apart(ends):
        drawn.append(_text(WIDTH - 140, y + 4, name))
    return _svg(title, 302, drawn)


class _Axis:
    """Maps values to places between two ends, by their logarithm, from power to power of ten."""

    def __init__(self, values: Sequence[float], low: float, high: float) -> None:
        self.first = math.floor(math.log10(min(values)) + 1e-9)
        self.last = max(self.first + 1, math.ceil(math.log10(max(values)) - 1e-9))
        self._low, self._step = low, (high - low) / (self.last - self.first)

    def at(self, value: float) -> float:
        return self._low + self._step * (math.log10(value) - self.first)

    @property
    def powers(self) -> list[float]:
        return [10.0**power for power in range(self.first, self.last + 1)]


def _flat(series: Mapping[str, Sequence[float]]) -> list[float]:
    return [y for ys in series.values() for y in ys]


def _grid(across: _Axis, up: _Axis, unit: str) -> Iterator[str]:
    left, right = across.at(across.powers[0]), across.at(across.powers[-1])
    for power in up.powers:
        yield f'<path class="grid" d="M{left:.0f} {up.at(power):.1f}H{right:.0f}"/>'
        yield _text(left - 8, up.at(power) + 4, f"{power:,g} {unit}", anchor="end", quiet=True)


def _ticks(xs: Sequence[float], across: _Axis, x_name: str) -> Iterator[str]:
    for x in xs:
        yield _text(across.at(x), 270, f"{x:,.0f}", anchor="middle", quiet=True)
    yield _text(
        (across.at(xs[0]) + across.at(xs[-1])) / 2, 290, x_name, anchor="middle", quiet=True
    )


def _apart(ends: list[tuple[float, str]]) -> Iterator[tuple[float, str]]:
    """Labels beside the ends of their lines, pushed down where they would cover each other."""
    free = -math.inf
    for y, name in sorted(ends):
        free = max(y, free + 16)
        yield free, name


def _text(x: float, y: float, text: str, *, anchor: str = "start", quiet: bool = False) -> str:
    ends = "" if anchor == "start" else f' text-anchor="{anchor}"'
    shade = ' class="quiet"' if quiet else ""
    return f'<text{shade} x="{x:.0f}" y="{y:.0f}"{ends}>{escape(text)}</text>'


def _svg(title: str, height: int, drawn: list[str]) -> str:
    name = escape(title)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
            f'aria-label="{name}" font-family="system-ui, sans-serif" font-size="13">',
            f"<style>{STYLE}</style>",
            f'<text x="8" y="22" font-weight="600">{name}</text>',
            *drawn,
            "</svg>\n",
        ]
    )
