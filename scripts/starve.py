"""starve.py - all guest tests once more, on a kernel in which one allocation of every so many fails.

No test can be expected to pass then. But each must come to an end by itself, and the machine must go on: nothing that a
program does for want of memory may stop the others. How many is "so many" is random: CHIME_SEED repeats it. Results are
named starved/MACHINE.
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
FUSE = "CHIME_FUSE=60"  # seconds; a test that lasts longer is stuck, all of them take a few


def tests(machine):
    """Those that share a boot, without the ones that let allocations fail themselves."""
    return [name for name, head in guest.find().items()
            if machine.allows(head["machines"] or "all") and not head["boot"] and not name.startswith("alloc-fail")]


def hung(record):
    return [name for name, ending in record.endings.items() if ending.how not in ("exit", "signal", "start")]


def run(results, machine):
    every = random.Random(f"{results.seed} {machine.name}").randrange(*EVERY)
    record = boots.boot(machine, guest.kernel_of(machine), guest.IMAGE, f"alloc_fail=every:{every}",
                        [FUSE] + tests(machine), results.seed)
    bad = hung(record)
    text = "".join(f"--- {name}\n{record.console_of(name)}\n{record.endings[name].how}\n" for name in bad)
    results.add(f"starved/{machine.name}", "FAIL" if bad or record.died else "pass",
                f"{text}{record.died}\nevery {every}. allocation failed")


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
