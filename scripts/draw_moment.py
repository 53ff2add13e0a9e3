"""draw_moment.py - what /bin/moment prints, as two pictures: the ring as a read passes, and who waits for whom.

    read_moment(text)      Moment: the ring at its stations, the await chains
    draw_ring(moment)      a draw.Picture: heads and tails of both queues
    draw_chains(moment)    a draw.Picture: the frames of the program's and the kernel's coroutines
"""
import math
import re
from dataclasses import dataclass, field

from draw import Picture

SIZES = re.compile(r"^ring of (\d+) and (\d+), told of by (.*)$")
RING = re.compile(r"^ring  sq (\d+) (\d+) (\d+)  cq (\d+) (\d+)  (.*)$")
USER_TASK = re.compile(r"^task (0x[0-9a-f]+) ")
TASK = re.compile(r"^(\S.*?)  waiting hart")
FRAME = re.compile(r"^    (\w+)  (\S+):(\d+)$")
WAITS = re.compile(r"^      waits for: (.*)$")


@dataclass
class Queue:
    head: int
    tail: int
    written: int  # entries from tail to here are there, but not published


@dataclass
class Chain:
    name: str
    frames: list = field(default_factory=list)  # (function, file:line), outermost first
    waits: str = ""


@dataclass
class Moment:
    sizes: tuple = (0, 0)
    told: str = ""
    stations: list = field(default_factory=list)  # (what, submission Queue, completion Queue)
    chains: dict = field(default_factory=dict)  # name: Chain; "program": its coroutine


def read_moment(text):
    moment, chain = Moment(), None
    for line in text.replace("\r", "").splitlines():
        if sizes := SIZES.match(line):
            moment.sizes, moment.told = (int(sizes[1]), int(sizes[2])), sizes[3]
        elif ring := RING.match(line):
            head, tail, written, done, posted = (int(ring[i]) for i in range(1, 6))
            moment.stations.append((ring[6], Queue(head, tail, written), Queue(done, posted, posted)))
        elif task := USER_TASK.match(line) or TASK.match(line):
            name = task[1] if TASK.match(line) else "program"
            chain = moment.chains[name] = Chain(task[1])
        elif chain and (frame := FRAME.match(line)):
            chain.frames.append((frame[1], f"{frame[2]}:{frame[3]}"))
        elif chain and (waits := WAITS.match(line)):
            chain.waits = waits[1]
    return moment


# --- the ring ---

PANEL, SUBMISSION_Y, COMPLETION_Y, INNER, OUTER, POINTER = 196, 186, 362, 26, 48, 17
NOTES = (  # (whose doing it is, what happens) at each station
    ("green", ("Both queues are empty: H = T.", "The program is about to ask.", "")),
    ("green", ("The program fills the slot at T.", "T itself has not moved: nobody", "else looks there yet.")),
    ("blue", ("T moves: the SQE is public. The", "kernel copies it, moves H, and a", "task of its own reads.")),
    ("violet", ("The read is over: the kernel fills", "the slot at the CQ's T, moves T,", "and rings.")),
    ("green", ("The program, woken by the chime,", "takes the answer and moves H:", "all is empty again.")),
)


def pointer(picture, x, y, turn, text, colour):
    """A pointer at the ring around (X, Y) from outside, and what it is."""
    sin, cos = math.sin(2 * math.pi * turn), -math.cos(2 * math.pi * turn)
    far = OUTER + POINTER
    picture.arrow([(x + far * sin, y + far * cos), (x + (OUTER + 1) * sin, y + (OUTER + 1) * cos)], colour)
    anchor = "start" if sin > 0.3 else "end" if sin < -0.3 else "middle"
    picture.text(x + (far + 4) * sin, y + (far + 7) * cos + 4, text, colour, anchor)


def draw_slots(picture, x, y, size, queue, before, colour):
    """A slot is full, written but not published, or was emptied just now."""
    def slot(index, colour, fill=True):
        picture.sector(x, y, INNER, OUTER, index % size / size, (index % size + 1) / size, colour, fill)

    for index in range(size):
        slot(index, "line")
    for index in range(queue.head, queue.written):
        slot(index, colour if index < queue.tail else "grey")
    for index in range(size):
        slot(index, "back", fill=False)
        middle, far = 2 * math.pi * (index + 0.5) / size, (INNER + OUTER) / 2
        full = any(i % size == index for i in range(queue.head, queue.written))
        picture.text(x + far * math.sin(middle), y - far * math.cos(middle) + 4, index, "back" if full else "soft",
                     "middle")
    for index in range(before.head, queue.head):
        slot(index, colour, fill=False)


def draw_queue(picture, x, y, size, name, queue, before, colour):
    """QUEUE, of SIZE entries, and its indices; bold is what has changed since BEFORE."""
    draw_slots(picture, x, y, size, queue, before, colour)
    picture.text(x, y + 5, name, anchor="middle", kind="big")
    at_head, at_tail = ((index % size + 0.5) / size for index in (queue.head, queue.tail))
    if queue.head == queue.tail:
        pointer(picture, x, y, at_head, "H T", "ink")
    else:
        pointer(picture, x, y, at_head, "H", "ink")
        pointer(picture, x, y, at_tail, "T", "ink")
    for side, what, index, was in ((-6, "head", queue.head, before.head), (6, "tail", queue.tail, before.tail)):
        moved = index != was
        picture.text(x + side, y + OUTER + 34, f"{what} {index}", colour if moved else "soft",
                     "end" if side < 0 else "start", "strong" if moved else "")


def draw_ring(moment):
    picture = Picture(16 + PANEL * len(moment.stations), 534, "A ring while a read passes")
    picture.text(16, 30, f"The ring while a read passes: {moment.sizes[0]} slots for questions (SQ), "
                 f"{moment.sizes[1]} for answers (CQ)", kind="big")
    picture.text(16, 51, "H: the next to be taken; T: the next to be filled. An index only grows; its slot is the "
                 "index modulo the size: 5 is slot 1 of 4, slot 5 of 8.", "soft")
    picture.text(16, 68, "Each index has one writer: the program moves the SQ's tail and the CQ's head, the kernel the "
                 "other two. Coloured: moved just now.", "soft")
    before = moment.stations[0]
    for number, station in enumerate(moment.stations):
        x, (colour, notes) = 16 + PANEL * number, NOTES[number]
        if number:
            picture.line([(x - 8, 88), (x - 8, 520)])
        picture.dot(x + 10, 97, 9, colour)
        picture.text(x + 10, 101, number + 1, "back", "middle")
        picture.text(x + 25, 101, station[0].replace(", and has chimed", ""), colour)
        middle = x + PANEL / 2 - 8
        draw_queue(picture, middle, SUBMISSION_Y, moment.sizes[0], "SQ", station[1], before[1], "violet")
        draw_queue(picture, middle, COMPLETION_Y, moment.sizes[1], "CQ", station[2], before[2], "green")
        for line, note in enumerate(notes):
            picture.text(x, 480 + 16 * line, note, "soft", kind="small")
        before = station
    return picture


# --- the chains ---

COLUMNS = (  # (chain, what it is, colour)
    ("program", "the program's coroutine", "green"), ("moment", "the program's thread", "blue"),
    ("ring request", "the read", "violet"), ("ram0", "the disk's driver", "orange"))
WIDE, APART, BOX, DOWN, TOP = 208, 38, 42, 64, 122


def draw_chain(picture, x, leaf_y, chain, colour):
    """The frames of CHAIN, the innermost at LEAF_Y: where the outermost lies."""
    top = leaf_y - DOWN * (len(chain.frames) - 1)
    for depth, (function, place) in enumerate(chain.frames):
        y, leaf = top + DOWN * depth, depth == len(chain.frames) - 1
        picture.frame(x, y, WIDE, BOX, colour, 2.6 if leaf else 1.0)
        picture.text(x + 10, y + 17, function, colour if leaf else "ink")
        picture.text(x + 10, y + 33, place, "soft", kind="mono")
        if not leaf:
            picture.arrow([(x + 24, y + BOX), (x + 24, y + DOWN)], colour)
            picture.text(x + 33, y + BOX + 15, "awaits", "soft")
    return top


def draw_chains(moment):
    chains = [moment.chains[name] for name, _, _ in COLUMNS]
    leaf_y = TOP + DOWN * (max(len(chain.frames) for chain in chains) - 1)
    columns = [20 + (WIDE + APART) * number for number in range(len(COLUMNS))]
    picture = Picture(columns[-1] + WIDE + 20, leaf_y + 206, "Who waits for whom")
    picture.text(20, 30, "Who waits for whom while the disk is busy", kind="big")
    picture.text(20, 50, "A box is a frame: all that is kept of a function that waits; no stack, no hart. The thick "
                 "one is the innermost of its task, and is what is resumed.", "soft")
    border = columns[1] - APART / 2
    picture.line([(border, 68), (border, leaf_y + BOX + 84)], "grey", dash="4 4")
    picture.text(border - 8, 80, "program", "soft", "end")
    picture.text(border + 8, 80, "kernel", "soft")
    tops = []
    waits = ("its answer: a CQE", "a user interrupt", chains[2].waits, "a timer: a request is due")
    for x, chain, (name, what, colour), wait in zip(columns, chains, COLUMNS, waits):
        tops.append(draw_chain(picture, x, leaf_y, chain, colour))
        task = "a task of user/lib/async" if name == "program" else f"the task “{name}”"
        picture.text(x, tops[-1] - 26, what, colour, kind="big")
        picture.text(x, tops[-1] - 9, task, "soft")
        picture.text(x, leaf_y + BOX + 17, "waits for " + wait, "soft")
    draw_wakes(picture, columns, tops, leaf_y + BOX)
    return picture


STEPS = (
    ("orange", "The request is served: the driver wakes block_transfer. The chain of the read unwinds, frame by frame, "
               "up to op_rw."),
    ("violet", "op_rw has ended: its result is written into a CQE, and the CQE rings: a user interrupt ends the "
               "thread's wait."),
    ("blue", "In the program: the CQE names the coroutine's task (user_data is its address), and read_block goes on "
             "behind its await."))


def draw_wakes(picture, columns, tops, bottom):
    """How it goes on, numbered, from right to left, below BOTTOM."""
    def number(x, y, n):
        picture.dot(x, y, 9, STEPS[n - 1][0])
        picture.text(x, y + 4, n, "back", "middle")

    from_y, low = bottom + 26, bottom + 62
    program, thread, read, driver = (x + WIDE / 2 for x in columns)
    side = columns[2] - APART / 2
    picture.arrow([(driver, from_y), (driver, low), (read + 34, low), (read + 34, from_y)], "orange")
    picture.arrow([(columns[2], tops[2] + BOX / 2), (side, tops[2] + BOX / 2), (side, low), (thread + 34, low),
                   (thread + 34, from_y)], "violet")
    picture.arrow([(thread - 34, from_y), (thread - 34, low), (program, low), (program, from_y)], "blue")
    for x, n in ((driver, 1), (side, 2), (thread - 34, 3)):
        number(x, low, n)
    for x, text in ((driver - 14, "wakes the innermost frame"), (side - 14, "CQE, chime"),
                    (thread - 48, "the CQE names its task")):
        picture.text(x, low - 7, text, "soft", "end")
    for n, (_, text) in enumerate(STEPS, 1):
        number(29, low + 36 + 24 * (n - 1), n)
        picture.text(46, low + 40 + 24 * (n - 1), text)
