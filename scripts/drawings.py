"""drawings.py - tests of the scripts that make pictures: what they are given is known, what they draw is looked at."""
import os
import struct

import trace
from results import Stage

NAMES = ["nothing", "interrupt", "timer", "wake", "run", "suspend", "end", "user", "trap", "call", "sqe", "cqe",
         "uintr", "block", "block_ended", "sleep", "awake", "kinds"]


def record(kind, at, hart=0, task=0, name="", argument=0, where="", text="", own=0):
    """A record as init saves it; AT is the clock, and the instruction counter, at its point."""
    return trace.FORMAT.pack(at, at, own, argument, task, 7, NAMES.index(kind), hart, 0, name.encode(), where.encode(),
                             text.encode(), b"kernel/x.c")


def saved(*records):
    return b"begin x\nchime-trace %d\n" % trace.FORMAT.size + b"".join(records)


SEQUENCE = saved(
    record("run", 100, task=1, name="reader", where="thread_main"),
    record("user", 120, task=1, name="reader"),
    record("call", 150, task=1, name="reader", argument=63, text="read"),
    record("suspend", 170, task=1, name="reader", where="pipe_read", text="the pipe"),
    record("interrupt", 200, argument=8, text="disk"),
    record("wake", 210, task=1, name="reader", where="pipe_read"),
    record("run", 250, task=1, name="reader", where="pipe_read", own=20),
    record("end", 300, task=1, name="reader", argument=(1 << 64) - 4, own=30),
)


def kinds_are_the_kernels():
    assert trace.kinds() == NAMES, trace.kinds()


def a_step_is_a_span_and_a_wake_an_arrow():
    timeline = trace.Timeline(trace.load(SEQUENCE, NAMES))
    (reader,) = timeline.tasks.values()
    steps = [(begin, end) for begin, end, kind, _ in reader.spans if kind == "step"]
    users = [(begin, end) for begin, end, kind, _ in reader.spans if kind == "user"]
    # the last two are without the 20 and 30 instructions that the trace has used
    assert steps == [(0, 70), (130, 170)], steps
    assert users == [(20, 50)], users
    assert timeline.arrows == [(110, 0, 130, (1, "reader"))], timeline.arrows
    assert "waits for: the pipe" in reader.spans[1][3] and "ends: -4" in reader.spans[2][3], reader.spans
    assert [point[1] for point in timeline.harts[0].points] == ["interrupt"]


def harts_are_compared_by_the_clock():
    data = saved(record("run", 100, hart=1, task=2, name="b"), record("run", 90, task=1, name="a"),
                 record("end", 95, task=1, name="a", own=3), record("end", 130, hart=1, task=2, name="b"))
    timeline = trace.Timeline(trace.load(data, NAMES))
    spans = {row.name: [span[:2] for span in row.spans] for row in timeline.tasks.values()}
    assert spans == {"a": [(0, 5)], "b": [(10, 40)]}, spans


def chrome_has_every_span_and_arrow():
    events = trace.chrome(trace.Timeline(trace.load(SEQUENCE, NAMES)))["traceEvents"]
    count = {phase: sum(event["ph"] == phase for event in events) for phase in "MXisf"}
    assert count == {"M": 4, "X": 5, "i": 3, "s": 1, "f": 1}, count


def the_page_needs_nothing_else():
    bad = saved(record("run", 1, task=1, name="</script>"), record("end", 2, task=1, name="</script>"))
    text = trace.page(trace.Timeline(trace.load(bad, NAMES)), "ns")
    assert "http" not in text and text.count("</script>") == 1 and "/*DATA*/" not in text


def nothing_saved_is_no_error():
    assert trace.load(b"done\n", NAMES) == []


def another_layout_is_refused():
    try:
        trace.load(b"chime-trace 64\n" + bytes(64), NAMES)
    except ValueError:
        return
    raise AssertionError("taken")


TESTS = [kinds_are_the_kernels, a_step_is_a_span_and_a_wake_an_arrow, harts_are_compared_by_the_clock,
         chrome_has_every_span_and_arrow, the_page_needs_nothing_else, nothing_saved_is_no_error,
         another_layout_is_refused]


def stage(results, _jobs):
    """`make test`: results are named drawings/NAME."""
    with Stage(results, "pictures"):
        for test in TESTS:
            name = f"drawings/{test.__name__}"
            if not results.wants(name):
                continue
            try:
                test()
                results.add(name, "pass", "")
            except (AssertionError, ValueError, KeyError, struct.error, os.error) as error:
                results.add(name, "FAIL", f"{type(error).__name__}: {error}")
