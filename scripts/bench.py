"""bench.py - `make bench`: run /bench/* on one hart under icount, and print instructions per operation beside Linux.

A bench prints lines `name: N value ...`: N operations, each of which took VALUE guest nanoseconds, which are
instructions here (or bytes, for names that say mem). Bars that are not met make it fail; wall time is only reported.
T=part runs the programs whose name contains it. All rows also go to build/figures.md, as a table for docs/figures.md,
and to build/figures.json, for draw_figures.py.
"""
import argparse
import glob
import json
import os
import re
import sys
import time

import boots
import machines

FIGURE = re.compile(r"^(\w+): \d+ (-?[\d.]+)\b", re.M)
FIGURES = "scripts/figures.txt"
TABLE = "build/figures.md"
DATA = "build/figures.json"
HEADS = ("instructions per operation", "Chime", "Linux 6.12", "tuned", "bar")
SKIPPED = 77


def peers():
    """name -> (linux, tuned, bar), each a number or None."""
    table = {}
    with open(FIGURES) as file:
        for line in file:
            words = line.split("#")[0].split()
            if words:
                table[words[0]] = tuple(None if word == "-" else float(word) for word in words[1:4])
    return table


def number(value):
    if value is None:
        return "-"
    return f"{value:,.1f}" if value < 1000 else f"{value:,.0f}"


def write_table(measured, table):
    with open(TABLE, "w") as file:
        file.write("| " + " | ".join(HEADS) + " |\n|---|---:|---:|---:|---:|\n")
        for name, value in measured.items():
            row = [number(n) for n in (value, *table.get(name, (None, None, None)))]
            file.write(f"| `{name}` | " + " | ".join("" if word == "-" else word for word in row) + " |\n")


def write_data(measured, table):
    with open(DATA, "w") as file:
        json.dump({name: (value, table.get(name, (None,))[0]) for name, value in measured.items()}, file)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--image", required=True)
    args = parser.parse_args()
    names = ["/bench/" + os.path.basename(path)[:-2] for path in sorted(glob.glob("user/bench/*.c"))
             if os.environ.get("T", "") in path]
    if not names:
        sys.exit("make bench: no bench program matches")
    machine = machines.Machine(smp=1, icount=True, qemu=os.environ.get("QEMU") or machines.Machine.qemu)
    start = time.monotonic()
    record = boots.boot(machine, args.kernel, args.image, os.environ.get("BOOT", ""), names, 1)
    console = record.console_of(None)
    measured = {name: float(value) for name, value in FIGURE.findall(console)}
    table, missed = peers(), []
    print(f"{HEADS[0]:38} " + " ".join(f"{head:>12}" for head in HEADS[1:]))
    for name, value in measured.items():
        linux, tuned, bar = table.get(name, (None, None, None))
        over = bar is not None and value > bar
        missed += [name] if over else []
        print(f"{name:38} {number(value):>12} {number(linux):>12} {number(tuned):>12} {number(bar):>12}"
              + ("  over" if over else ""))
    write_table(measured, table)
    write_data(measured, table)
    print(f"({time.monotonic() - start:.0f} s of wall time; console: {record.console_path})")
    bad = [name for name in names if name not in record.endings or record.endings[name].how != "exit"
           or record.endings[name].number not in (0, SKIPPED)]
    for name in bad:
        print(f"FAIL  {name}: {record.endings.get(name) or 'not run'} {record.died}")
    if bad:
        print("\n".join(console.splitlines()[-30:]))
    print(f"{len([n for n in measured if table.get(n, (0, 0, None))[2]]) - len(missed)} bars met, {len(missed)} missed"
          + (": " + " ".join(missed) if missed else ""))
    sys.exit(1 if bad or missed else 0)


if __name__ == "__main__":
    main()
