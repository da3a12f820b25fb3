"""Bar charts as SVG, in the reader's light or dark."""

from html import escape

WIDTH, LABEL, VALUE, BAR, GAP, TOP = 760, 210, 110, 22, 12, 56

STYLE = """
  text { font: 14px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 } .note { fill: #57606a; font-size: 12px }
  .bar { fill: #8c959f } .ours { fill: #0969da } .spread { stroke: #24292f; stroke-width: 1.5 }
  .mine { font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .note { fill: #9198a1 }
    .bar { fill: #6e7681 } .ours { fill: #4493f8 } .spread { stroke: #e6edf3 }
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
