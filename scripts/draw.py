"""draw.py - SVG pictures by hand: text, lines, bars, in colours that follow the reader's light or dark page.

A Picture is a list of elements in a coordinate system of pixels; write() makes a file that needs nothing else.
"""
import math
from html import escape

COLOURS = {  # name: (light, dark)
    "back": ("#ffffff", "#11151c"), "ink": ("#1c2330", "#e4e9f2"), "soft": ("#5d6879", "#98a3b5"),
    "line": ("#e0e5ec", "#2a3240"), "blue": ("#3b76d6", "#5b93ee"), "green": ("#3f9b5f", "#58b87b"),
    "orange": ("#d07a1f", "#f0a04b"), "red": ("#c43c4e", "#f0687a"), "violet": ("#7d4fd3", "#b294f5"),
    "grey": ("#9aa5b5", "#5d6879"),
}
STYLE = """
svg { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
.mono { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 11px; }
.big { font-size: 15px; font-weight: 600; }
.small { font-size: 11px; }
.strong { font-weight: 700; }
"""


def style():
    def rules(which):
        return "".join(f".{name} {{ fill: {pair[which]}; }} .s-{name} {{ stroke: {pair[which]}; fill: none; }}\n"
                       for name, pair in COLOURS.items())

    return f"{STYLE}{rules(0)}@media (prefers-color-scheme: dark) {{\n{rules(1)}}}"


class Picture:
    def __init__(self, width, height, title):
        self.width, self.height, self.title, self.parts = width, height, title, []

    def text(self, x, y, text, colour="ink", anchor="start", kind=""):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{colour} {kind}" text-anchor="{anchor}">'
                          f"{escape(str(text))}</text>")

    def line(self, points, colour="line", width=1.0, dash=""):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(f'<polyline points="{path}" class="s-{colour}" stroke-width="{width}"{dashed}/>')

    def bar(self, x, y, width, height, colour):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{height:.1f}" rx="1" '
                          f'class="{colour}"/>')

    def dot(self, x, y, radius, colour):
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" class="{colour}"/>')

    def frame(self, x, y, width, height, colour, thick=1.0):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="4" '
                          f'class="s-{colour}" stroke-width="{thick}"/>')

    def shape(self, points, colour):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polygon points="{path}" class="{colour}"/>')

    def arrow(self, points, colour, width=1.4, dash=""):
        """A line whose last end has a head."""
        (x0, y0), (x1, y1) = points[-2:]
        far = math.hypot(x1 - x0, y1 - y0) or 1
        ux, uy = (x1 - x0) / far, (y1 - y0) / far
        neck = (x1 - 8 * ux, y1 - 8 * uy)
        self.line([*points[:-1], neck], colour, width, dash)
        self.shape([(x1, y1), (neck[0] - 4 * uy, neck[1] + 4 * ux), (neck[0] + 4 * uy, neck[1] - 4 * ux)], colour)

    def sector(self, x, y, inner, outer, begin, end, colour, fill=True):
        """A piece of a ring around (X, Y), from angle BEGIN to END, in turns from the top, clockwise."""
        def at(radius, turn):
            return (f"{x + radius * math.sin(2 * math.pi * turn):.1f} "
                    f"{y - radius * math.cos(2 * math.pi * turn):.1f}")

        path = (f"M{at(inner, begin)} L{at(outer, begin)} A{outer} {outer} 0 0 1 {at(outer, end)} L{at(inner, end)} "
                f"A{inner} {inner} 0 0 0 {at(inner, begin)} Z")
        self.parts.append(f'<path d="{path}" class="{"" if fill else "s-"}{colour}"/>')

    def svg(self):
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
                f'width="{self.width}" height="{self.height}" role="img" aria-label="{escape(self.title)}">\n'
                f"<title>{escape(self.title)}</title>\n<style>{style()}</style>\n"
                f'<rect width="{self.width}" height="{self.height}" rx="6" class="back"/>\n'
                + "\n".join(self.parts) + "\n</svg>\n")

    def write(self, path):
        with open(path, "w") as file:
            file.write(self.svg())
