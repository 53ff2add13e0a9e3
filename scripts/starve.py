"""starve.py - all guest tests once more, on a kernel in which one allocation of every so many fails.

No test can be expected to pass then. But the machine must go on: nothing that a program does for want of memory may
stop the others. A test that does not end is killed, and told of (skip): it may wait for what it could not start, which
is its own affair, or for something that the kernel has lost, so somebody should look. How many is "so many" is random:
CHIME_SEED repeats it. Results are named starved/MACHINE, and starved/MACHINE/NAME for a test that was killed.
"""
import random
from concurrent.futures import ThreadPoolExecutor

import boots
import builds
import guest
import machines
from results import Stage

MACHINES = (2, 5)  # of machines.MACHINES: one hart, and four with CO_TORTURE
EVERY = (150, 3000)
FUSE = "CHIME_FUSE=20"  # seconds; all tests take a few


def tests(machine):
    """Those that share a boot, without the ones that let allocations fail themselves."""
    return [name for name, head in guest.find().items()
            if machine.allows(head["machines"] or "all") and not head["boot"] and not name.startswith("alloc-fail")]


def hung(record):
    return [name for name, ending in record.endings.items() if ending.how == "fuse"]


def run(results, machine):
    every = random.Random(f"{results.seed} {machine.name}").randrange(*EVERY)
    record = boots.boot(machine, guest.kernel_of(machine), guest.IMAGE, f"alloc_fail=every:{every}",
                        [FUSE] + tests(machine), results.seed)
    for name in hung(record):
        results.add(f"starved/{machine.name}/{name}", "skip",
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
