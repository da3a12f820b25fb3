"""What DESIGN.md asks for, what was measured, and what limits it where that is less."""

# By the name of a measurement; printed where its bar is not reached. By hand, with what it was seen by.
LIMITS = {
    "framing":
        "Both look at every byte once; what differs is what is done for a line. The scanner stores two views of each "
        "line, and libc's memchr finds a line's two ends in 4 ns each. Ours says which of 300 headers a line is, "
        "checked against its name, and refuses what is too long or has bare line feeds: of 133 ns a message 80 are the "
        "scan for line ends, 53 the names of 18 headers (`perf record`, AMD EPYC Milan, AVX2). With AVX-512, where a "
        "block is scanned at once, it is 1.6x on Sapphire Rapids with a core of its own, and 1.2x to 1.3x while a "
        "neighbour has the core's other thread.",
    "pipeline":
        "Not memory, but instructions: 7,100 to 7,900 for a message, two in a cycle, of which callgrind gives a sixth to "
        "copying its headers into JSON, a tenth each to finding its lines and to naming the headers, a fifteenth to the "
        "record and its checksum; the rest is the call's state and the event's envelope. A journal of 16 MiB, which fits "
        "into the third cache, is not faster than one of 512 MiB. It is the host that decides: on two cores of a Sapphire "
        "Rapids rounds came to 1,180,000 while its neighbours were quiet and to 600,000 while they were not; the floor, "
        "a copy, slows down as they do.",
    "redis":
        "Four threads of work (the PBX, the home loop, the sink, Redis) share two cores; redis-benchmark and Redis have "
        "one each.",
    "kafka":
        "The broker, a JVM, has both cores to share with callstream and the PBX.",
    "push":
        "A report costs the home loop ten microseconds in the kernel for its socket, as it costs nginx, and on top the "
        "event, two source positions and the group commit, for which the sync thread needs the second core that wrk "
        "keeps busy. `fsync = \"never\"` shows what is left without the disk.",
    "latency":
        "Five threads (the PBX, the home loop, the sink, the live state, Redis) take turns on two cores: in a second each "
        "runs for 30 to 170 ms and waits 10 to 60 ms for a core (`/proc/PID/task/*/schedstat`). Single seconds of a "
        "quiet machine have all but 0.04 % below 3.2 ms; others have pauses in which the host gives no core at all "
        "(`perf sched`: one thread on a core for 33 ms without a tick), as the row of the idle machine shows too.",
    "soak": "See the table of the soak.",
    "quiet": "Each connection's keep-alive ping and its answer, every few seconds.",
}


def table_of(tables):
    """Lines of Markdown: every bar of the tables that were measured."""
    lines = ["", "## The bars", "", "| what | bar | measured | reached |", "|---|---|---|---|"]
    for table in tables:
        if table.bar:
            measured = table.verdict.removeprefix("Measured: ").rstrip(".") or "not measured"
            lines.append(f"| {table.title} | {table.bar} | {measured} | {'yes' if table.reached else '**no**'} |")
    missed = [table for table in tables if table.bar and not table.reached and table.name in LIMITS]
    if missed:
        lines += ["", "What limits those that are not reached:", ""]
        lines += [f"- **{table.title}.** {LIMITS[table.name]}" for table in missed]
    return lines
