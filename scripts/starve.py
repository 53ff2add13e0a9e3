"""starve.py - all guest tests once more, on a kernel in which one allocation of every so many fails.

No test can be expected to pass then. But each must end, and the machine must go on: nothing that a program does for
want of memory may stop it or the others. A test that is killed by init's fuse has failed, unless it had said before
what it could not do (a check that failed, or a call's error): then it waits for what it could not start, which is its
own affair (skip; it should have stopped: REQUIRE). One that had said nothing is run once more, by itself: FAIL if it
does not end then either, else skip. The fuse is as long as in any other boot, since a busy host is no hang. How many is
"so many" is random: CHIME_SEED repeats it. Results are named starved/MACHINE, and starved/MACHINE/NAME for a test that
was killed.
"""
import random
import re
from concurrent.futures import ThreadPoolExecutor

import boots
import builds
import guest
import machines
from results import Stage

MACHINES = (2, 5)  # of machines.MACHINES: one hart, and two with CO_TORTURE
EVERY = (150, 3000)
# What a test says that could not do something: a check (user/test/check.h), or a call's error. Programs that are killed
# for want of memory are told of by the kernel.
GAVE_UP = re.compile(r"\.c:\d+: |Cannot allocate memory|Resource temporarily unavailable|killed by signal")


def tests(machine):
    """Those that share a boot, without the ones that let allocations fail themselves."""
    return [name for name, head in guest.find().items()
            if machine.allows(head["machines"] or "all") and not head["boot"] and not name.startswith("alloc-fail")]


def hung(record):
    return [name for name, ending in record.endings.items() if ending.how == "fuse"]


def boot(results, machine, every, names):
    return boots.boot(machine, guest.kernel_of(machine), guest.IMAGE, f"alloc_fail=every:{every}", names, results.seed)


def said_nothing(record, name):
    return name in hung(record) and not GAVE_UP.search(record.console_of(name))


def run(results, machine):
    every = random.Random(f"{results.seed} {machine.name}").randrange(*EVERY)
    record = boot(results, machine, every, tests(machine))
    for name in hung(record):
        failed = said_nothing(record, name) and said_nothing(boot(results, machine, every, [name]), name)
        results.add(f"starved/{machine.name}/{name}", "FAIL" if failed else "skip",
                    f"{record.console_of(name)}\nit did not end (every {every}. allocation failed)")
    unjudged = set(tests(machine)) - set(record.endings)
    results.add(f"starved/{machine.name}", "FAIL" if unjudged or record.died else "pass",
                f"{record.console_of(None)}\n{record.died}\nevery {every}. allocation failed\n"
                f"not run: {sorted(unjudged)}")


def stage(results, jobs):
    chosen = [machine for machine in (machines.test_machines()[i] for i in MACHINES)
              if results.wants(f"starved/{machine.name}")]
    if not chosen:
        return
    with Stage(results, "guest tests without memory"):
        for target in sorted({guest.kernel_of(machine) for machine in chosen} | {guest.IMAGE}):
            done, text = builds.make(target)
            if not done:
                results.add(f"starved/{target}", "FAIL", text, replay=f"make {target}")
                return
        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(lambda machine: run(results, machine), chosen))
