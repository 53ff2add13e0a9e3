"""trace.py [SAVED] - what a machine recorded (make run TRACE=1) as a timeline: build/trace.html, build/trace.json.

trace.html is one file that shows it by itself, in any browser; trace.json is for chrome://tracing, ui.perfetto.dev and
the like. SAVED (build/log/run.verdict) is what init wrote when the machine ended: a line `chime-trace BYTES`, then
records of so many bytes, as in kernel/abi/trace.h, whose kinds are read from there.

A task's row has its steps; in a step, the time in user mode. Wakes are arrows. Time is instructions, without those that
the trace itself has cost, when the machine ran with -icount, else the clock.
"""
import json
import os
import re
import struct
import sys
from dataclasses import dataclass, field

ABI = "kernel/abi/trace.h"
PAGE = "scripts/trace.html"
SAVED = "build/log/run.verdict"
OUT = "build/trace"
MARK = re.compile(rb"chime-trace (\d+)\n")
FORMAT = struct.Struct("<QQQQIIHHI16s32s48s32s")
FAR_NS = 1000  # how far the instruction counter may be from the clock when they are the same
INSTANTS = {"interrupt", "timer", "sqe", "cqe", "uintr", "block", "block_ended", "call", "sleep", "awake"}


@dataclass
class Record:
    kind: str
    hart: int
    time: int
    instructions: int
    own: int
    argument: int
    task: int
    name: str
    what: str
    file: str
    line: int
    text: str
    at: int = 0  # on the timeline

    def where(self):
        return f"{self.what}  {self.file}:{self.line}" if self.what else ""


@dataclass
class Row:
    """What is drawn in one line: a hart or a task."""
    name: str
    spans: list = field(default_factory=list)  # (begin, end, kind, text)
    points: list = field(default_factory=list)  # (at, kind, text)


def kinds():
    """The names of enum trace_kind, in order."""
    with open(ABI) as source:
        body = re.search(r"enum trace_kind \{(.*?)\};", source.read(), re.S)[1]
    return [name.lower() for name in re.findall(r"^\s*TRACE_(\w+)", body, re.M)]


def text_of(raw):
    return raw.split(b"\0")[0].decode(errors="replace")


def load(data, names):
    """The records of what init saved, in the order of time; [] when there are none."""
    mark = None
    for mark in MARK.finditer(data):  # the last one
        pass
    if not mark:
        return []
    if int(mark[1]) != FORMAT.size:
        raise ValueError(f"records of {int(mark[1])} bytes: this script knows {FORMAT.size}")
    body = data[mark.end():]
    records = []
    for at in range(0, len(body) - FORMAT.size + 1, FORMAT.size):
        time, counter, own, argument, task, line, kind, hart, _, *texts = FORMAT.unpack_from(body, at)
        name, what, text, file = map(text_of, texts)
        if kind >= len(names) - 1:
            raise ValueError(f"a record of kind {kind}")
        records.append(Record(names[kind], hart, time, counter, own, argument, task, name, what, file, line, text))
    return place(sorted(records, key=lambda r: (r.time, r.hart, r.instructions)))


def counts_instructions(records):
    """Is the counter the clock, as -icount makes it?"""
    first = records[0]
    return all(abs((r.instructions - first.instructions) - (r.time - first.time)) < FAR_NS for r in records)


def place(records):
    """Set `at`: from the first record on, without what the trace has cost where that can be told."""
    if not records:
        return records
    exact = counts_instructions(records) and len({r.hart for r in records}) == 1
    first = records[0]
    for r in records:
        r.at = r.time - first.time
        if exact:
            r.at = r.instructions - first.instructions - ((r.own - first.own) & 0xffffffff)
    return records


class Timeline:
    """Rows and arrows made of records."""

    def __init__(self, records):
        self.harts, self.tasks, self.arrows = {}, {}, []
        self.step = {}  # hart -> (row of the task, when its step began, where)
        self.user = {}  # hart -> when user mode began
        self.last_wake = {}  # task -> the arrow that waits for its head
        self.end = records[-1].at if records else 0
        for r in records:
            self.add(r)
        for hart in list(self.step):
            self.step_ends(hart, self.end, "")

    def hart_row(self, hart):
        return self.harts.setdefault(hart, Row(f"hart {hart}"))

    def task_row(self, r):
        return self.tasks.setdefault((r.task, r.name), Row(r.name))

    def user_ends(self, hart, at):
        if hart in self.user and hart in self.step:
            row = self.step[hart][0]
            row.spans.append((self.user.pop(hart), at, "user", "user mode"))
        self.user.pop(hart, None)

    def step_ends(self, hart, at, why):
        self.user_ends(hart, at)
        if hart not in self.step:
            return
        row, began, where = self.step.pop(hart)
        text = "\n".join(word for word in (row.name, where and "from " + where, why) if word)
        row.spans.append((began, at, "step", text))
        self.hart_row(hart).spans.append((began, at, "step", row.name))

    def add(self, r):
        if r.kind == "run":
            self.step_ends(r.hart, r.at, "")
            self.step[r.hart] = (self.task_row(r), r.at, r.where())
            if r.task in self.last_wake:
                self.arrows.append(self.last_wake.pop(r.task) + (r.at, (r.task, r.name)))
        elif r.kind == "suspend" and self.step.get(r.hart, (None,))[0] is not self.task_row(r):
            # its first step was one of the task that made it
            self.task_row(r).points.append((r.at, "suspend", f"suspends\n{r.where()}\nwaits for: {r.text}"))
        elif r.kind in ("suspend", "end"):
            why = f"to {r.where()}\nwaits for: {r.text}" if r.kind == "suspend" else f"ends: {signed(r.argument)}"
            self.step_ends(r.hart, r.at, why)
        elif r.kind == "wake":
            running = self.step.get(r.hart)
            source = next((key for key, row in self.tasks.items() if running and row is running[0]), r.hart)
            self.last_wake[r.task] = (r.at, source)
            self.task_row(r).points.append((r.at, "wake", "woken\n" + r.where()))
        elif r.kind == "user":
            self.begin_unseen(r)
            self.user[r.hart] = r.at
        else:
            self.instant(r)

    def begin_unseen(self, r):
        """The recording began in the middle of a step."""
        if r.hart not in self.step and r.task:
            self.step[r.hart] = (self.task_row(r), r.at, "")

    def instant(self, r):
        if r.kind in ("trap", "call"):
            self.user_ends(r.hart, r.at)
        if r.kind in INSTANTS:
            row = self.task_row(r) if r.task else self.hart_row(r.hart)
            row.points.append((r.at, r.kind, f"{r.kind.replace('_', ' ')} {r.text} {r.argument:#x}"))


def signed(value):
    return value - (1 << 64) if value >> 63 else value


def rows_in_order(timeline):
    """Harts first, then tasks by their first step."""
    def first(row):
        return min([span[0] for span in row.spans] + [point[0] for point in row.points], default=0)

    harts = [(key, timeline.harts[key]) for key in sorted(timeline.harts)]
    return harts + sorted(timeline.tasks.items(), key=lambda item: first(item[1]))


def outer_first(spans):
    """User mode is drawn over the step that it is in."""
    return sorted(spans, key=lambda span: (span[0], -span[1]))


def page_data(timeline, unit):
    """What the page draws: rows with spans and points, arrows between row numbers."""
    rows = rows_in_order(timeline)
    number = {key: i for i, (key, _) in enumerate(rows)}
    arrows = [(at, number[source], end, number[target]) for at, source, end, target in timeline.arrows
              if source in number and target in number]
    return {"unit": unit, "end": timeline.end, "arrows": arrows, "harts": len(timeline.harts),
            "rows": [{"name": row.name, "spans": outer_first(row.spans), "points": row.points} for _, row in rows]}


def chrome(timeline):
    """Trace Event Format: one process of harts, one of tasks; its times are microseconds."""
    rows = rows_in_order(timeline)
    place_of = {key: (1 if key in timeline.harts else 2, i) for i, (key, _) in enumerate(rows)}
    events = [{"ph": "M", "pid": pid, "name": "process_name", "args": {"name": name}}
              for pid, name in ((1, "harts"), (2, "tasks"))]
    for key, row in rows:
        pid, tid = place_of[key]
        common = {"pid": pid, "tid": tid}
        events.append({"ph": "M", **common, "name": "thread_name", "args": {"name": row.name}})
        for begin, end, kind, text in outer_first(row.spans):
            events.append({"ph": "X", **common, "ts": begin / 1000, "dur": (end - begin) / 1000,
                           "name": "user mode" if kind == "user" else row.name if pid == 2 else text,
                           "args": {"": text}})
        events += [{"ph": "i", **common, "ts": at / 1000, "s": "t", "name": text} for at, _, text in row.points]
    for i, (at, source, end, target) in enumerate(timeline.arrows):
        if source in place_of and target in place_of:
            for phase, when, key in (("s", at, source), ("f", end, target)):
                events.append({"ph": phase, "id": i, "ts": when / 1000, "pid": place_of[key][0],
                               "tid": place_of[key][1], "name": "wake", "cat": "wake",
                               **({"bp": "e"} if phase == "f" else {})})
    return {"traceEvents": events, "displayTimeUnit": "ns"}


def page(timeline, unit):
    with open(PAGE) as file:
        # a text may not end the script it stands in
        return file.read().replace("/*DATA*/null", json.dumps(page_data(timeline, unit)).replace("</", "<\\/"))


def convert(saved=SAVED, out=OUT):
    """Write OUT.html and OUT.json; a line for people."""
    with open(saved, "rb") as file:
        records = load(file.read(), kinds())
    if not records:
        return "no trace: the machine writes it when it powers off (leave the command reader with exit)"
    timeline = Timeline(records)
    exact = counts_instructions(records) and len({r.hart for r in records}) == 1
    pages = {"html": page(timeline, "instructions" if exact else "ns"), "json": json.dumps(chrome(timeline))}
    for kind, text in pages.items():
        with open(f"{out}.{kind}", "w") as file:
            file.write(text)
    return f"{len(records)} records: open {os.path.abspath(out)}.html in a browser ({out}.json: in ui.perfetto.dev)"


if __name__ == "__main__":
    print(convert(*sys.argv[1:]))
