"""lint.py - the house rules that no compiler checks, for every text file of the tree.

  - at most 500 lines a file, 200 a header, 120 columns (tabs are 8)
  - no blank at a line's end, no file without a last newline
  - atomics and fences stand in lib/order.h alone (and in what explains or models it: files named order.h)
  - every C file begins with a comment that says "name - what it is for"; a header has #pragma once
  - includes are written from the root of the tree
"""
import glob
import os
import re
import sys

TREES = ("kernel", "lib", "user", "scripts", "docs")
CODE = (".c", ".h", ".S")
TEXT = CODE + (".py", ".sh", ".mk", ".md", ".ld", ".txt", ".ini")
MOST_LINES = {".h": 200}
ATOMIC = re.compile(r"\b__(atomic|sync)_\w+|\"\s*fence\b|_Atomic\b")
LOCAL_INCLUDE = re.compile(r'#include "(?!kernel/|lib/|user/)')


def texts():
    for path in sorted(glob.glob("*")) + [p for tree in TREES for p in sorted(glob.glob(f"{tree}/**", recursive=True))]:
        if os.path.isfile(path) and (path.endswith(TEXT) or path == "Makefile"):
            yield path


def line_faults(path, lines):
    """(line number, what is wrong)."""
    code = path.endswith(CODE)
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield number, "blank at the end of the line"
        if not path.endswith(".md") and len(line.expandtabs(8)) > 120:
            yield number, "more than 120 columns"
        if code and os.path.basename(path) != "order.h" and ATOMIC.search(line):
            yield number, "atomics and fences come from lib/order.h"
        if code and LOCAL_INCLUDE.match(line):
            yield number, "includes are written from the root of the tree"


def file_faults(path, text, lines):
    name, kind = os.path.basename(path), os.path.splitext(path)[1]
    most = MOST_LINES.get(kind, 500)
    if kind in CODE + (".py", ".sh", ".mk") and len(lines) > most:
        yield len(lines), f"more than {most} lines: is this one idea?"
    if text and not text.endswith("\n"):
        yield len(lines), "no newline at the end"
    if kind in CODE and not text.startswith((f"/* {name} - ", f"# {name} - ")):
        yield 1, f"the head comment says `{name} - what it is for`"
    if kind == ".h" and "#pragma once" not in text:
        yield 1, "#pragma once is missing"


def main():
    faults = 0
    for path in texts():
        with open(path, errors="replace") as file:
            text = file.read()
        lines = text.splitlines()
        for number, fault in sorted([*line_faults(path, lines), *file_faults(path, text, lines)]):
            print(f"{path}:{number}: {fault}")
            faults += 1
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
