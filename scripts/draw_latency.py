"""draw_latency.py - what `zero-entry --histogram` prints, as pictures: how long a read takes, way by way.

    read_rows(text)         [Row], in the order of the output
    table(counted, timed)   the same as text for the documentation: runs under -icount and on two harts
    draw(rows)              small pictures side by side: a column for each number in flight, a row for each source
    draw_break_even(text)   what `in-flight` prints: time for a block against how many are in flight
"""
import math
import re
from dataclasses import dataclass, field

from draw import Picture

ROW = re.compile(r"^(\w+) +(\d+)  (\S+) +(\d+) +(\d+) +(\d+|-) +(\d+) +(\d+) +(\d+) +(\d+)$")
HISTOGRAM = re.compile(r"^histogram (\w+) (\d+) (\S+)((?: \d+:\d+)+)$")
FLYING = re.compile(r"^(\S.*?)  +(pread|\d in flight) +(\d+) ns +(\d+) instructions$")
COLOURS = {"read()": "grey", "enter": "blue", "enter+eventfd": "orange", "enter+upcall": "violet", "zero": "green"}
NAMES = {"zero": "poller, doorbell, direct"}
LEFT, TOP, WIDE, HIGH, GAP = 128, 96, 250, 26, 22
LEAST_NS, MOST_NS = 1e3, 1e8
FEWEST = 1e-4  # a class of fewer than these is not told from nothing


@dataclass
class Row:
    source: str
    depth: int
    way: str
    entries: int
    chimes: int
    instructions: str
    ns: int
    median: int
    most99: int
    most: int
    histogram: list = field(default_factory=list)  # (from, count), in ns


def read_rows(text):
    rows = []
    for line in text.replace("\r", "").splitlines():
        row, histogram = ROW.match(line), HISTOGRAM.match(line)
        if row:
            source, depth, way, entries, chimes, instructions, *times = row.groups()
            rows.append(Row(source, int(depth), way, int(entries), int(chimes), instructions, *map(int, times)))
        elif histogram and rows and (rows[-1].source, rows[-1].way) == (histogram[1], histogram[3]):
            rows[-1].histogram = [tuple(map(int, pair.split(":"))) for pair in histogram[4].split()]
    return rows


def table(counted, timed):
    """Markdown, a table for each source: instructions from COUNTED, entries and the median latency from TIMED."""
    lines = []
    instructions = {(row.source, row.depth, row.way): row.instructions for row in counted}
    for source in dict.fromkeys(row.source for row in timed):
        rows = {(row.way, row.depth): row for row in timed if row.source == source}
        depths = sorted({depth for _, depth in rows})
        heads = [f"{depth}: instructions | entries | median" for depth in depths]
        lines += [f"| {source}, in flight | " + " | ".join(heads) + " |", "|---|" + "---:|" * 3 * len(depths)]
        for way in dict.fromkeys(way for way, _ in rows):
            cells = []
            for row in (rows[way, depth] for depth in depths):
                count = instructions.get((source, row.depth, way), "")
                cells += [f"{int(count):,}" if count else "", f"{row.entries:,}", duration(row.median)]
            lines.append(f"| {NAMES.get(way, way)} | " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines)


def duration(ns):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns:.3g} ns"


def place(ns):
    """Where a time stands in a panel, 0 to 1."""
    share = math.log(max(ns, 1) / LEAST_NS) / math.log(MOST_NS / LEAST_NS)
    return min(max(share, 0.0), 1.0)


def ruler(picture, x, top, bottom):
    for power in range(3, 9):
        at = x + WIDE * place(10 ** power)
        picture.line([(at, top), (at, bottom)])
        picture.text(at, bottom + 14, duration(10 ** power).replace("100 ms", ""), "soft", "middle", "mono")


def ridge(picture, x, base, row):
    """A histogram as bars whose heights are the square roots of the shares; a tick at the median, one at 99 %."""
    total = sum(count for _, count in row.histogram) or 1
    for begin, count in row.histogram:
        if count / total < FEWEST:
            continue
        left, right = x + WIDE * place(begin), x + WIDE * place(begin * 1.25)
        height = max(1.5, (HIGH - 6) * math.sqrt(count / total))
        picture.bar(left, base - height, max(right - left - 0.5, 2), height, COLOURS[row.way])
    for ns in (row.median, row.most99):
        at = x + WIDE * place(ns)
        picture.line([(at, base + 1), (at, base + 5)], COLOURS[row.way], 2)


def panel(picture, x, y, rows, named):
    bottom = y + HIGH * len(rows)
    ruler(picture, x, y, bottom + 6)
    for i, row in enumerate(rows):
        base = y + HIGH * (i + 1)
        picture.line([(x, base), (x + WIDE, base)])
        ridge(picture, x, base, row)
        if named:
            picture.text(x - 10, base - 6, NAMES.get(row.way, row.way), "ink", "end")


def draw(rows, note):
    sources = list(dict.fromkeys(row.source for row in rows))
    depths = sorted({row.depth for row in rows})
    ways = list(dict.fromkeys(row.way for row in rows))
    tall = HIGH * len(ways) + 62
    left = LEFT + 30
    picture = Picture(left + (WIDE + GAP) * len(depths) + 10, TOP + tall * len(sources) + 6, "Latencies of reads")
    picture.text(16, 28, "How long a 4 KiB read takes, from its submission to its answer", kind="big")
    picture.text(16, 48, note, "soft")
    for s, source in enumerate(sources):
        y = TOP + tall * s
        for d, depth in enumerate(depths):
            some = [row for row in rows if row.source == source and row.depth == depth]
            x = left + (WIDE + GAP) * d
            where = "from the page cache" if source == "cached" else "from the disk"
            picture.text(x, y - 10, f"{where}, {depth} in flight", "ink")
            panel(picture, x, y, some, d == 0)
    return picture


# --- the number in flight ---

def read_in_flight(text):
    """{source: [(what, ns, instructions)]}"""
    found = {}
    for line in text.replace("\r", "").splitlines():
        row = FLYING.match(line)
        if row:
            found.setdefault(row[1], []).append((row[2], int(row[3]), int(row[4])))
    return found


def draw_in_flight(sources):
    """SOURCES: {title: [(what, value, text)]}; the first of each is pread's, which the others are measured against."""
    tall, wide = 26, 330
    panel_height = [tall * len(rows) + 52 for rows in sources.values()]
    picture = Picture(130 + wide + 250, 62 + sum(panel_height), "Synchronous and asynchronous reads")
    picture.text(16, 28, "How many reads in flight beat synchronous ones", kind="big")
    y = 66
    for (title, rows), height in zip(sources.items(), panel_height):
        most = max(value for _, value, _ in rows)
        even = rows[0][1]
        picture.text(16, y, title, "soft")
        for i, (what, value, text) in enumerate(rows):
            top = y + 12 + tall * i
            colour = "grey" if i == 0 else "green" if value < even else "orange"
            picture.text(120, top + 14, what, "ink", "end")
            picture.bar(130, top + 2, wide * value / most, tall - 8, colour)
            picture.text(146 + wide, top + 14, text, "ink", kind="mono")
        at = 130 + wide * even / most
        picture.line([(at, y + 10), (at, y + 12 + tall * len(rows))], "ink", 1, "3 3")
        y += height
    return picture
