"""The results as Markdown, JSON and charts."""

import dataclasses
import json

from bars import table_of as bars_table
from chart import bars, percentiles
from machine import ROOT
from measure import Figure

HISTORY = ROOT / "bench/HISTORY.md"  # by hand: before and after


@dataclasses.dataclass
class Row:
    name: str
    cells: list          # a Figure or a text for each column
    ours: bool = False


@dataclasses.dataclass
class Table:
    """One question and its answer."""

    title: str
    text: str            # what was done, in a paragraph
    columns: list        # names
    rows: list
    bar: str = ""        # what it has to reach
    verdict: str = ""    # what was measured of it
    reached: bool = False
    name: str = ""       # of the measurement, as --only takes it
    chart: tuple = ()    # index of the charted column, its unit, and which way is better
    file: str = ""       # the chart's name
    curves: tuple = ()   # instead of columns: (name, [(share, value)], ours), and the unit behind them


def number(value):
    if isinstance(value, str):
        return value
    if value == 0:
        return "0"
    if abs(value) >= 10000:
        return f"{value:,.0f}"
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"


def cell(value):
    if not isinstance(value, Figure):
        return number(value)
    if len(value.samples) == 1 or value.lowest == value.highest:
        return number(value.median)
    return f"{number(value.median)} ({number(value.lowest)} to {number(value.highest)})"


def plain(value):
    if isinstance(value, Figure):
        return {"median": value.median, "samples": value.samples}
    return value


def failed(name, problem):
    """Stands for a measurement that could not be made."""
    words = str(problem).strip() or type(problem).__name__
    return Table(f"{name}: not measured", f"It ended with: {words[-500:]}", ["why"], [Row(name, [words[-80:]])], bar="-",
                 name=name)


def store(table, facts, path):
    """A table by itself, for load() in another run."""
    path.write_text(json.dumps({"facts": facts, "table": dataclasses.asdict(table)}, indent=1) + "\n")


def load(path):
    """A table that store() wrote, with where it was measured; none if there is none."""
    if not path.exists():
        return None
    stored = json.loads(path.read_text())
    rows = [Row(**row) for row in stored["table"].pop("rows")]
    table = Table(**stored["table"], rows=rows)
    table.text += f" Commit {stored['facts']['commit']}, {stored['facts']['processor']}."
    return table


def write(directory, facts, tables, title):
    """RESULTS.md, with the history behind the tables, results.json and charts/ in `directory`."""
    charts = directory / "charts"
    charts.mkdir(exist_ok=True)
    lines = [f"# {title}", "",
             "Written by `bench/run`. Ratios are to be compared, not times: what is compared ran in turn",
             "(A B A B) in one run. A figure is the median, with the lowest and the highest behind it.", ""]
    lines += ["| | |", "|---|---|"] + [f"| {name} | {text} |" for name, text in facts.items()]
    lines += bars_table(tables)
    for table in tables:
        lines += ["", f"## {table.title}", "", table.text, ""]
        if table.chart:
            column, unit, better = table.chart
            drawn = [(row.name, row.cells[column], row.ours) for row in table.rows
                     if isinstance(row.cells[column], Figure)]
            (charts / f"{table.file}.svg").write_text(bars(table.title, drawn, unit, better))
            lines += [f"![{table.title}](charts/{table.file}.svg)", ""]
        if table.curves:
            *drawn, unit = table.curves
            (charts / f"{table.file}.svg").write_text(percentiles(table.title, drawn, unit))
            lines += [f"![{table.title}](charts/{table.file}.svg)", ""]
        lines += ["| " + " | ".join(["", *table.columns]) + " |", "|---" * (len(table.columns) + 1) + "|"]
        for row in table.rows:
            name = f"**{row.name}**" if row.ours else row.name
            lines.append("| " + " | ".join([name, *map(cell, row.cells)]) + " |")
        if table.bar:
            lines += ["", f"Bar: {table.bar}. {table.verdict}"]
    lines += ["", HISTORY.read_text().rstrip()]
    (directory / "RESULTS.md").write_text("\n".join(lines) + "\n")
    (directory / "results.json").write_text(json.dumps({
        "machine": facts,
        "tables": [{"name": table.name, "title": table.title, "bar": table.bar, "verdict": table.verdict,
                    "reached": table.reached,
                    "rows": [{"name": row.name,
                              **dict(zip(table.columns, map(plain, row.cells)))}
                             for row in table.rows]} for table in tables]}, indent=1) + "\n")
