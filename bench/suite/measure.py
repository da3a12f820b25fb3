"""Repeating, interleaving, and what processes use."""

import pathlib
import statistics
import time


class Figure:
    """The samples of one number."""

    def __init__(self, samples):
        self.samples = list(samples)

    @property
    def median(self):
        return statistics.median(self.samples)

    @property
    def lowest(self):
        return min(self.samples)

    @property
    def highest(self):
        return max(self.samples)


def interleaved(cases, rounds):
    """Runs each case once a round: A B, A B. name -> list of what it returned.

    A machine that is slower for a minute is then slower for all of them.
    """
    results = {name: [] for name in cases}
    for _ in range(rounds):
        for name, run in cases.items():
            results[name].append(run())
    return results


def ratios(ours, theirs):
    """Of the samples of one round each, so that both ran on the same machine state."""
    return Figure(a / b for a, b in zip(ours, theirs))


def cpu_seconds(pid):
    """What a process has used of the processors, by its own clock (clock_getcpuclockid(3)): in /proc are ticks."""
    return time.clock_gettime(~pid << 3 | 2)


def resident_bytes(pid):
    """Anonymous memory: the journal's mapped segments are the page cache's."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


class Growth:
    """Watches a counter until it stands still, and tells its speed in the middle."""

    def __init__(self):
        self.points = []

    def watch(self, read, goal, patience_s=120):
        """Reads until `goal` is reached; raises if nothing moves for a while."""
        moved = time.monotonic()
        while True:
            value, now = read(), time.monotonic()
            if not self.points or value != self.points[-1][1]:
                self.points.append((now, value))
                moved = now
            if value >= goal:
                return self
            if now - moved > patience_s:
                raise RuntimeError(f"stands still at {value} of {goal}")
            time.sleep(0.005)

    def per_second(self):
        """Between a fifth and the whole, so that connecting is not counted."""
        last = self.points[-1]
        first = next(point for point in self.points if point[1] >= last[1] * 0.2)
        return (last[1] - first[1]) / max(1e-9, last[0] - first[0])
