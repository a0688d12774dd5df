"""One table of all rows, each with its bar and whether it is met."""

import statistics
from dataclasses import asdict, dataclass

from load import Sample
from rows import Row, Start

HEADINGS = ["row", "req/s", "CPU µs/req", "p50 ms", "p99 ms", "measured", "bar", "goal", "verdict"]


@dataclass
class Line:
    name: str
    title: str
    sample: Sample | None = None
    measured: str = ""
    value: float | None = None
    bar: str = ""
    goal: str = ""
    is_met: bool | None = None
    #: Why there is no number.
    missing: str = ""
    rounds: int = 0

    def cells(self) -> list[str]:
        if self.missing:
            return [self.title, "-", "-", "-", "-", "-", self.bar, self.goal, "not measured"]
        sample = self.sample
        numbers = [""] * 4
        if sample:
            numbers = [
                f"{sample.requests_per_second:,.0f}",
                f"{sample.cpu_us_per_request:.2f}",
                f"{sample.p50_ms:.2f}",
                f"{sample.p99_ms:.2f}",
            ]
        verdict = {None: "", True: "met", False: "MISSED"}[self.is_met]
        return [self.title, *numbers, self.measured, self.bar, self.goal, verdict]


def medians(samples: list[Sample]) -> Sample:
    return Sample(**{
        metric: statistics.median(getattr(sample, metric) for sample in samples)
        for metric in asdict(samples[0])
    })


def rated(row: Row, samples: dict[str, list[Sample]], missing: str = "") -> Line:
    """The medians of a row, and how it compares with the one it stands beside."""
    line = Line(row.name, row.title, missing=missing)
    share = row.metric == "requests_per_second"
    sign = ">=" if share else "<="
    line.bar = f"{sign} {row.bar:.2f}" if row.bar else ""
    line.goal = f"{row.goal:.2f}" if row.goal else ""
    if missing or not samples.get(row.name):
        line.missing = missing or "no round finished"
        return line
    line.sample, line.rounds = medians(samples[row.name]), len(samples[row.name])
    if not row.against:
        return line
    if not samples.get(row.against):
        line.measured = f"no {row.against}"
        return line
    line.value = ratio(samples[row.name], samples[row.against], row.metric)
    what = {"cpu_us_per_request": "CPU", "p99_ms": "p99", "requests_per_second": "req/s"}[row.metric]
    line.measured = f"{line.value:.2f} x {row.against} {what}"
    if row.bar:
        line.is_met = line.value >= row.bar if share else line.value <= row.bar
    return line


def ratio(ours: list[Sample], theirs: list[Sample], metric: str) -> float:
    """Rows measured one after the other are compared pair by pair, so noise that lasts cancels out."""
    if len(ours) != len(theirs):
        return getattr(medians(ours), metric) / getattr(medians(theirs), metric)
    return statistics.median(getattr(one, metric) / getattr(other, metric) for one, other in zip(ours, theirs))


def rated_start(start: Start, value: float, base: float = 0) -> Line:
    line = Line(start.name, start.title, value=value - base, bar=f"<= {start.bar:g} {start.unit}")
    line.measured = f"{value:.1f} {start.unit}"
    if start.over:
        line.bar = f"<= +{start.bar:g} {start.unit}"
        line.measured += f" ({value - base:+.1f} {start.over}, {base:.1f})"
    line.is_met = value - base <= start.bar
    return line


def table(lines: list[Line]) -> str:
    rows = [HEADINGS, *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    numeric = range(1, 5)
    printed = []
    for row in rows:
        cells = [
            cell.rjust(width) if column in numeric else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        ]
        printed.append("  ".join(cells).rstrip())
    printed.insert(1, "  ".join("-" * width for width in widths))
    notes = [f"not measured: {line.title}: {line.missing}" for line in lines if line.missing]
    return "\n".join(printed + notes)
