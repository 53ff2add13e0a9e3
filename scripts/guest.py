"""guest.py - the guest tests: user/test/*.c on the machines of machines.py.

One boot runs all tests of a machine, each under init, whose judgement comes through the verdict port (see user/init.c).
A machine that dies takes only the test with it that had begun: the rest runs in a new boot. Results are named
guest/NAME@MACHINE.
"""
import glob
import os
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import boots
import builds
import machines
import testhead
from results import Stage

IMAGE = "build/disk.img"


def find():
    """name -> head of every guest test."""
    return {os.path.basename(path)[:-2]: testhead.read(path) for path in sorted(glob.glob("user/test/*.c"))}


def kernel_of(machine):
    return "build/torture/kernel.elf" if machine.torture else "build/kernel.elf"


def plan(results):
    """[(machine, boot words, [test])]: what is to be booted."""
    work = defaultdict(list)
    for machine in machines.test_machines():
        for name, head in find().items():
            if machine.allows(head["machines"] or "all") and results.wants(f"guest/{name}@{machine.name}"):
                work[machine, head["boot"]].append(name)
    return [(machine, boot, names) for (machine, boot), names in work.items()]


def told(ending):
    """(status, why) of a test from its verdict."""
    how, number = ending.how, ending.number
    if how == "exit" and number in (0, 77):
        return ("pass" if number == 0 else "skip"), ""
    words = {"exit": f"exit status {number}", "signal": f"killed by signal {number}",
             "fuse": "still running when its fuse was over", "start": f"could not be started: errno {number}"}
    return "FAIL", words.get(how, how)


def run(results, machine, boot, names):
    """Judge NAMES on MACHINE, with as many boots as it takes."""
    left = list(names)
    while left:
        record = boots.boot(machine, kernel_of(machine), IMAGE, boot, left, results.seed)
        for name in left[:]:
            ending = record.endings.get(name)
            if not ending:
                continue
            left.remove(name)
            status, why = told(ending)
            if status == "pass" and name in record.leaks:
                status, why = "FAIL", "leak: " + record.leaks[name]
            results.add(f"guest/{name}@{machine.name}", status, record.console_of(name) + "\n" + why,
                        replay=f"make test T=guest/{name}@{machine.name} CHIME_SEED={results.seed}")
        if not record.endings:
            for name in left:
                results.add(f"guest/{name}@{machine.name}", "FAIL", record.console_of(None) + "\n" + record.died)
            return


def stage(results, jobs):
    work = plan(results)
    if not work:
        return
    with Stage(results, "guest tests"):
        for target in sorted({kernel_of(machine) for machine, _, _ in work} | {IMAGE}):
            done, text = builds.make(target)
            if not done:
                results.add(f"guest/{target}", "FAIL", text, replay=f"make {target}")
                return
        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(lambda row: run(results, *row), work))
