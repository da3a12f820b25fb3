"""Charts as SVG, in the reader's light or dark: bars, and latencies by percentile."""

import math
from html import escape

WIDTH, LABEL, VALUE, BAR, GAP, TOP = 760, 210, 110, 22, 12, 56

STYLE = """
  text { font: 14px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 } .note { fill: #57606a; font-size: 12px }
  .bar { fill: #8c959f } .ours { fill: #0969da } .spread { stroke: #24292f; stroke-width: 1.5 }
  .mine { font-weight: 600 } .grid { stroke: #8c959f; stroke-opacity: .35 }
  .line { fill: none; stroke: #8c959f; stroke-width: 2.5 } .line.ours { stroke: #0969da }
  .later { stroke-dasharray: 7 5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .note { fill: #9198a1 }
    .bar { fill: #6e7681 } .ours { fill: #4493f8 } .spread { stroke: #e6edf3 }
    .line { stroke: #6e7681 } .line.ours { stroke: #4493f8 }
  }"""


def short(value):
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g}"


def bars(title, rows, unit, better):
    """rows: (name, Figure, ours). `better`: "more" or "less"."""
    height = TOP + len(rows) * (BAR + GAP) + 8
    span = WIDTH - LABEL - VALUE
    largest = max(figure.highest for _, figure, _ in rows)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
             f'role="img" aria-label="{escape(title, True)}">', f"<style>{STYLE}\n</style>",
             f'<text class="title" x="0" y="20">{escape(title)}</text>',
             f'<text class="note" x="0" y="40">{escape(unit)}; {better} is better</text>']
    for index, (name, figure, ours) in enumerate(rows):
        top = TOP + index * (BAR + GAP)
        middle = top + BAR / 2
        length = max(1.0, span * figure.median / largest)
        parts.append(f'<text class="{"mine" if ours else ""}" x="{LABEL - 10}" y="{middle + 5}" '
                     f'text-anchor="end">{escape(name)}</text>')
        parts.append(f'<rect class="{"ours" if ours else "bar"}" x="{LABEL}" y="{top}" '
                     f'width="{length:.1f}" height="{BAR}" rx="3"/>')
        low, high = (LABEL + span * value / largest for value in (figure.lowest, figure.highest))
        if high - low > 2:
            parts.append(f'<path class="spread" d="M{low:.1f} {middle}H{high:.1f}"/>')
        parts.append(f'<text x="{max(LABEL + length, high) + 8:.1f}" y="{middle + 5}">'
                     f'{short(figure.median)}</text>')
    return "\n".join(parts) + "\n</svg>\n"


SHARES = (0.5, 0.9, 0.99, 0.999, 0.9999)


def percentiles(title, curves, unit):
    """curves: (name, [(share, value)], ours). Both axes grow by factors, as HdrHistogram draws them."""
    left, right, top, bottom = 64, WIDTH - 200, TOP + 4, 330
    values = [value for _, points, _ in curves for _, value in points if value > 0]
    lowest, highest = (math.floor(math.log10(min(values))), math.ceil(math.log10(max(values))))

    def place(share, value):
        x = left + (right - left) * -math.log10(1 - share) / -math.log10(1 - SHARES[-1])
        y = bottom - (bottom - top) * (math.log10(max(value, 10 ** lowest)) - lowest) / max(1, highest - lowest)
        return x, y

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 34}" role="img" '
             f'aria-label="{escape(title, True)}">', f"<style>{STYLE}\n</style>",
             f'<text class="title" x="0" y="20">{escape(title)}</text>',
             f'<text class="note" x="0" y="40">{escape(unit)}, by percentile; less is better</text>']
    for power in range(lowest, highest + 1):
        _, y = place(0, 10 ** power)
        parts.append(f'<path class="grid" d="M{left} {y:.1f}H{right}"/>'
                     f'<text class="note" x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{10 ** power:g}</text>')
    for share in SHARES:
        x, _ = place(share, 1)
        parts.append(f'<path class="grid" d="M{x:.1f} {top}V{bottom}"/><text class="note" x="{x:.1f}" '
                     f'y="{bottom + 18}" text-anchor="middle">{100 * share:g} %</text>')
    below = 0.0  # where the next name may stand
    for index, (name, points, ours) in sorted(enumerate(curves), key=lambda each: -each[1][1][-1][1]):
        drawn = [place(*point) for point in points]
        look = f'line{" ours" if ours else ""}{" later" if index % 2 else ""}'
        parts.append(f'<path class="{look}" d="M' + "L".join(f"{x:.1f} {y:.1f}" for x, y in drawn) + '"/>')
        y = max(below, drawn[-1][1] + 5)
        below = y + 17
        parts.append(f'<text class="{"mine" if ours else ""}" x="{right + 10}" y="{y:.1f}">{escape(name)}</text>')
    return "\n".join(parts) + "\n</svg>\n"
