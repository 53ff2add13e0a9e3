"""drawings.py - tests of the scripts that make pictures: what they are given is known, what they draw is looked at."""
import os
import struct
import xml.etree.ElementTree as xml

import draw_figures
import draw_latency
import draw_moment
import draw_walk
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


# --- what the programs print ---

WALK = """
from the disk, upcall
instructions     since entries  who           what
           0         0       0  program       read_block asks: an SQE
         307       307       1  ring request  waits in block_transfer  kernel/dev/block.c:195, for a completion
         500       193       1  virtio-blk    is woken
kernel entries: 1

no direct user interrupts here
"""

MOMENT = """
ring of 4 and 8, told of by an upcall
ring  sq 5 5 5  cq 5 5  read_block asks
ring  sq 5 5 6  cq 5 5  the SQE is written
coroutines of the program
task 0x99010  level 2  waits for its request
    read_block  user/moment.c:101
tasks of the kernel
ram0  waiting hart 0 prio 0
    ramdisk_serve  kernel/dev/ramdisk.c:167
      waits for: is_due(f->disk)
moment  waiting hart 0 prio 4
    uintr_wait  kernel/uintr/upcall.c:96
ring request  waiting hart 0 prio 1
    op_rw  kernel/sys/rw.c:181
    block_transfer  kernel/dev/block.c:195
      waits for: a completion
ring  sq 6 6 6  cq 5 6  the CQE is posted, and has chimed
"""

LATENCY = """source  flying way             entries   chimes   instr.       ns   median      99%       all
cached     1  read()             1000        0     1422     1422     1400     1500      3000
histogram cached 1 read() 1400:990 2800:10
cached     1  zero                  -
disk      32  enter+upcall        117       36        -     5021   151500   302200    304500
histogram disk 32 enter+upcall 128000:900 153600:100
"""

IN_FLIGHT = """RAM disk   pread          55806 ns    6837 instructions
RAM disk   1 in flight    57432 ns    8965 instructions
RAM disk   2 in flight    29498 ns    8432 instructions
RAM disk   break-even: 2 in flight
"""


def parsed(picture):
    """The elements of a picture, which must be good XML and lie inside of it."""
    root = xml.fromstring(picture.svg())
    for element in root.iter():
        for name, most in (("x", picture.width), ("y", picture.height)):
            assert 0 <= float(element.get(name, 0)) <= most, element.attrib
    return list(root.iter())


def a_walk_has_a_dot_for_each_station():
    walks = draw_walk.read_walks(WALK)
    assert list(walks) == ["from the disk, upcall"], walks
    stations = walks["from the disk, upcall"]
    assert [(s.since, s.entries, s.lane()) for s in stations] == [(0, 0, 0), (307, 1, 2), (193, 1, 3)], stations
    elements = parsed(draw_walk.draw("from the disk", stations))
    assert sum(e.tag.endswith("circle") for e in elements) == 3
    assert any(e.text == "waits in block_transfer (block.c:195)" for e in elements)


def a_moment_has_its_rings_and_its_chains():
    moment = draw_moment.read_moment(MOMENT)
    assert moment.sizes == (4, 8) and len(moment.stations) == 3, moment
    assert [(q.head, q.tail, q.written) for _, q, _ in moment.stations] == [(5, 5, 5), (5, 5, 6), (6, 6, 6)], moment
    read = moment.chains["ring request"]
    assert [frame[0] for frame in read.frames] == ["op_rw", "block_transfer"] and read.waits == "a completion", read
    full = [e.get("class") for e in parsed(draw_moment.draw_ring(moment)) if e.tag.endswith("path")]
    assert full.count("grey") == 1 and full.count("green") == 1 and full.count("s-violet") == 1, full
    boxes = [e for e in parsed(draw_moment.draw_chains(moment)) if e.get("class", "").startswith("s-")
             and e.tag.endswith("rect")]
    assert len(boxes) == 5, boxes


def latencies_are_read_and_drawn():
    rows = draw_latency.read_rows(LATENCY)
    assert [(r.source, r.depth, r.way, r.median) for r in rows] == [
        ("cached", 1, "read()", 1400), ("disk", 32, "enter+upcall", 151500)], rows
    assert rows[0].histogram == [(1400, 990), (2800, 10)] and rows[1].instructions == "-"
    bars = [e for e in parsed(draw_latency.draw(rows, "")) if e.tag.endswith("rect")]
    assert len(bars) == 1 + 4  # the background


def latencies_are_a_table():
    rows = draw_latency.read_rows(LATENCY)
    text = draw_latency.table(rows[:1], rows)
    assert "| read() | 1,422 | 1,000 | 1.4 µs |" in text and "| enter+upcall |  | 117 | 152 µs |" in text, text


def reads_in_flight_are_measured_against_pread():
    rows = draw_latency.read_in_flight(IN_FLIGHT)["RAM disk"]
    assert rows == [("pread", 55806, 6837), ("1 in flight", 57432, 8965), ("2 in flight", 29498, 8432)], rows
    elements = parsed(draw_latency.draw_in_flight({"x": [(what, ns, "") for what, ns, _ in rows]}))
    colours = [e.get("class") for e in elements if e.tag.endswith("rect")]
    assert colours == ["back", "grey", "orange", "green"], colours


def figures_are_pairs_of_bars():
    elements = parsed(draw_figures.draw({"getppid": (79, 428), "pagefault_touch": (1166, 4506), "emptyloop": (3, 2),
                                         "pipe_pingpong_proc": (4000, None)}))
    widths = [float(e.get("width")) for e in elements if e.tag.endswith("rect") and e.get("class") in ("blue", "grey")]
    assert len(widths) == 2 + 4 and widths[3] == widths[5] == draw_figures.WIDE, widths


TESTS = [kinds_are_the_kernels, a_step_is_a_span_and_a_wake_an_arrow, harts_are_compared_by_the_clock,
         chrome_has_every_span_and_arrow, the_page_needs_nothing_else, nothing_saved_is_no_error,
         another_layout_is_refused, a_walk_has_a_dot_for_each_station,
         a_moment_has_its_rings_and_its_chains, latencies_are_read_and_drawn,
         latencies_are_a_table,
         reads_in_flight_are_measured_against_pread, figures_are_pairs_of_bars]


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
