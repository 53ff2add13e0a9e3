"""draw_walk.py - what /bin/walk prints, as a picture: a column for each that acts, the way between them, the stations.

    read_walks(text)          {title: [Station]}: the tables of the output
    draw(title, stations)     a draw.Picture
"""
import re
from dataclasses import dataclass

from draw import Picture

HEAD = re.compile(r"^ *(instructions|nanoseconds) +since +entries +who +what$")
ROW = re.compile(r"^ *(\d+) +(\d+) +(\d+)  (.{13}) (.*)$")
LANES = (("program", "program", "green"), ("thread", "kernel, its thread", "blue"),
         ("ring request", "kernel, the read", "violet"), ("driver", "kernel, the driver", "orange"),
         ("event loop", "event loop", "red"))
LEFT, LANE, TOP, STEP = 80, 92, 86, 23


@dataclass
class Station:
    at: int
    since: int
    entries: int
    who: str
    what: str

    def lane(self):
        """The number of its column: who is no one else is a driver."""
        names = [lane[0] for lane in LANES]
        return names.index(self.who) if self.who in names else names.index("driver")


def read_walks(text):
    walks, title, last = {}, None, ""
    for line in text.replace("\r", "").splitlines():
        row = ROW.match(line)
        if HEAD.match(line):
            title = last
            walks[title] = []
        elif title and row:
            walks[title].append(Station(int(row[1]), int(row[2]), int(row[3]), row[4].strip(), row[5]))
        else:
            title = None
        last = line
    return walks


def shown(what):
    """The whole text is in the table."""
    return re.sub(r"  \S+/(\S+)", r" (\1)", re.sub(r", for .*", "", what))


def draw(title, stations, unit="instructions"):
    height = TOP + STEP * len(stations) + 14
    picture = Picture(LEFT + LANE * len(LANES) + 370, height, f"One read {title}: its stations")
    picture.text(16, 26, f"One read {title}", kind="big")
    picture.text(16, 46, f"{stations[-1].at:,} {unit} from the question to its answer, "
                         f"{stations[-1].entries} kernel entries", "soft")
    xs = [LEFT + LANE * (i + 0.5) for i in range(len(LANES))]
    for x, (_, name, colour) in zip(xs, LANES):
        picture.text(x, TOP - 18, name.split(", ")[-1] if "," in name else name, colour, "middle")
        picture.line([(x, TOP - 8), (x, height - 12)], "line")
    picture.text(LEFT - 14, TOP - 18, "since", "soft", "end")
    places = [(xs[s.lane()], TOP + STEP * (i + 0.4)) for i, s in enumerate(stations)]
    picture.line(places, "grey", 1.5)
    for station, (x, y) in zip(stations, places):
        picture.text(LEFT - 14, y + 4, f"+{station.since:,}" if station.since else "0", "soft", "end", "mono")
        picture.dot(x, y, 4.5, LANES[station.lane()][2])
        picture.text(LEFT + LANE * len(LANES) + 8, y + 4, shown(station.what))
    return picture
