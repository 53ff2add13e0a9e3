"""unwind.py - from the debugger's tables of the kernel to the unwind table that its backtraces read.

The kernel keeps no frame pointers: every function would pay for them, and only a panic reads them. What they would
tell the compiler has written down anyway, for the debugger: for each address, how far the stack pointer is from where
it was at the function's entry, and where on the stack the return address lies.

In:  `readelf --debug-dump=frames-interp` of the kernel. Of its columns LOC, CFA ("sp+48": the stack pointer at entry)
     and ra ("c-8": saved 8 bytes below that; "u": still in the register).
Out: assembly with kernel_unwind (u32 address, its low half; u16 and u16 as kernel/hart/unwind.c reads them; sorted) and
     kernel_unwind_count (u64). --empty: the same without a row, for the first link.
"""
import re
import sys

RANGE = re.compile(r" pc=([0-9a-f]+)\.\.([0-9a-f]+)$")
ROW = re.compile(r"([0-9a-f]{16}) (\S+)(.*)")
UNKNOWN = (0xffff, 0)  # a function that the table does not follow: assembly, or with a frame of another kind


def state(frame, columns, values):
    """(bytes up to the stack pointer at entry, bytes from there down to the return address or 0)."""
    saved = dict(zip(columns, values)).get("ra", "u")
    frame = re.fullmatch(r"sp\+(\d+)", frame)
    if not frame or not re.fullmatch(r"u|c-\d+", saved):
        return UNKNOWN
    return int(frame[1]), 0 if saved == "u" else int(saved[2:])


def functions(lines):
    """(first address, end, rows) of every function that the tables describe."""
    found, columns = [], []
    for line in map(str.rstrip, lines):
        if match := RANGE.search(line):
            start = int(match[1], 16)
            found.append((start, int(match[2], 16), [(start, (0, 0))]))
        elif line.strip().startswith("LOC"):
            columns = line.split()[2:]
        elif found and (match := ROW.match(line)):
            found[-1][2].append((int(match[1], 16), state(match[2], columns, match[3].split())))
    return sorted(found)


def read_table():
    """Rows (address, state): a row holds up to the next; behind a function nothing is known until another begins."""
    rows = {}
    for start, end, own in functions(sys.stdin):
        rows.update(own)
        rows.setdefault(end, UNKNOWN)
    changes, last = [], UNKNOWN
    for address, now in sorted(rows.items()):
        if now != last:
            changes.append((address, now))
        last = now
    if not changes:
        sys.exit("unwind.py: the kernel has no table of frames (-g?)")
    return changes


def main():
    table = [] if "--empty" in sys.argv[1:] else read_table()
    print('\t.section .kernel_symbols, "a"\n\t.balign 8\n\t.globl kernel_unwind_count, kernel_unwind')
    print(f"kernel_unwind_count:\n\t.quad {len(table)}\nkernel_unwind:")
    for address, (frame, saved) in table:
        print(f"\t.word {address & 0xffffffff:#x}\n\t.half {frame}, {saved}")


if __name__ == "__main__":
    main()
