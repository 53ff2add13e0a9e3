"""pictures.py --out FOLDER - `make pictures`, and the end of `make bench`: run what measures, and draw it.

    walk.svg        /bin/walk under -icount            walk.txt: the table
    walk-ring.svg   /bin/moment, the same              moment.txt
    walk-chains.svg
    latency.svg     /bin/zero-entry, two harts         zero-entry.txt, zero-entry-icount.txt, zero-entry.md
    in-flight.svg   /bin/in-flight under -icount       in-flight.txt
    figures.svg     what `make bench` measured last (build/figures.json)

BLOCKS is how many blocks zero-entry reads for each row. The texts go to build/.
"""
import argparse
import json
import os
import subprocess
import sys
import time

import draw_figures
import draw_latency
import draw_moment
import draw_walk
import machines

TEXTS = "build/pictures"
FUSE = 1800
WALK = "from the disk, direct"
# latencies in microseconds, what they stand for
RAM_DISKS = (("20-80", "RAM disk whose requests take 20 to 80 µs"), ("1-1", "RAM disk whose requests take 1 µs"))


def run(kernel, image, machine, program, boot="", sleep=True):
    """What PROGRAM printed. SLEEP False: when all harts sleep the clock jumps, and never oversleeps."""
    console = os.path.join(TEXTS, f"console.{os.getpid()}")
    command = machines.command(machine, kernel, image, f"{boot} -- {program}", machines.console_file(console),
                               os.path.join(TEXTS, f"verdict.{os.getpid()}"))
    if not sleep:
        command[command.index("shift=0")] = "shift=0,sleep=off"
    started = time.monotonic()
    status = subprocess.run(command, timeout=FUSE, stdin=subprocess.DEVNULL).returncode
    with open(console, errors="replace") as file:
        text = file.read().replace("\r", "")
    if status:
        sys.exit(f"{program}: status {status}\n{text[-2000:]}")
    print(f"    {program} on {machine.name}: {time.monotonic() - started:.0f} s", flush=True)
    return text


def keep(name, text):
    with open(os.path.join(TEXTS, name), "w") as file:
        file.write(text)
    return text


def walk(args, one_hart, _two):
    text = keep("walk.txt", run(args.kernel, args.image, one_hart, "/bin/walk", "ramdisk=4M,latency=20-80,seed=7"))
    return draw_walk.draw(WALK, draw_walk.read_walks(text)[WALK])


def moment(args, one_hart):
    """The RAM disk is so slow that everything waits when the program looks."""
    text = keep("moment.txt", run(args.kernel, args.image, one_hart, "/bin/moment", "ramdisk=4M,latency=20000-20000"))
    return draw_moment.read_moment(text)


def walk_ring(args, one_hart, _two):
    return draw_moment.draw_ring(moment(args, one_hart))


def walk_chains(args, one_hart, _two):
    return draw_moment.draw_chains(moment(args, one_hart))


def latency(args, one_hart, two):
    program = f"/bin/zero-entry --histogram {args.blocks}"
    counted = draw_latency.read_rows(keep("zero-entry-icount.txt", run(args.kernel, args.image, one_hart, program)))
    rows = draw_latency.read_rows(keep("zero-entry.txt", run(args.kernel, args.image, two, program)))
    keep("zero-entry.md", draw_latency.table(counted, rows))
    return draw_latency.draw(rows, f"{args.blocks:,} blocks each; two harts, wall clock of an emulator; heights are "
                                   "square roots of shares; ticks below: the median, and 99 %")


def in_flight(args, one_hart, _two):
    sources, texts = {}, []
    for us, title in RAM_DISKS:
        texts.append(run(args.kernel, args.image, one_hart, "/bin/in-flight", f"ramdisk=4M,latency={us},seed=7", False))
        rows = draw_latency.read_in_flight(texts[-1])["RAM disk"]
        sources[title] = [(what, ns, f"{ns:,} ns, {count:,} instructions") for what, ns, count in rows]
    keep("in-flight.txt", "".join(texts))
    return draw_latency.draw_in_flight(sources)


def figures(_args, _one, _two):
    if not os.path.exists("build/figures.json"):
        return None
    with open("build/figures.json") as file:
        return draw_figures.draw(json.load(file))


PICTURES = {"walk": walk, "walk-ring": walk_ring, "walk-chains": walk_chains,
            "in-flight": in_flight, "latency": latency, "figures": figures}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--image", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--blocks", type=int, default=100000)
    args = parser.parse_args()
    os.makedirs(TEXTS, exist_ok=True)
    qemu = os.environ.get("QEMU") or machines.Machine.qemu
    one, two = machines.Machine(smp=1, icount=True, qemu=qemu), machines.Machine(smp=2, qemu=qemu)
    for name, make in PICTURES.items():
        if os.environ.get("T", "") not in name:
            continue
        picture = make(args, one, two)
        if picture:
            picture.write(f"{args.out}/{name}.svg")
            print(f"{args.out}/{name}.svg", flush=True)


if __name__ == "__main__":
    main()
