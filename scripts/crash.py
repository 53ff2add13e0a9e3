"""crash.py - the last words of a kernel: boots with "crash=HOW", and what the backtrace and the await chain must say.

For each HOW the functions from the crash up to the hart's event loop, in this order, none left out; the await chain of
the task that crashed; and the status that says "panic".
"""
import re

import boots
import builds
import guest
import machines
from results import Stage

CALLERS = ["crash_deep", "crash_step", "executor_run"]
CRASHES = {
    "panic": ["panic", "crash_panic"] + CALLERS,
    "trap": ["crash_trap"] + CALLERS,
    "jump": ["?", "crash_jump"] + CALLERS,
}
MACHINES = (0, 5)  # of machines.MACHINES: one hart, and two with CO_TORTURE
CALL = re.compile(r"^  [0-9a-f]{16} (\S+)\+\d+$", re.M)
CHAIN = re.compile(r"^    (\w+)  kernel/", re.M)


def wrong(how, text, died):
    """Why these are not the last words of a kernel that crashed so, or ""."""
    calls, chain = CALL.findall(text), CHAIN.findall(text)
    if died != "the kernel panicked":
        return f"it did not panic: {died}"
    if calls[:len(CRASHES[how])] != CRASHES[how]:
        return f"the backtrace is {calls}, and begins with {CRASHES[how]} if it is right"
    if not re.fullmatch(r"start_first|start_other", calls[len(CRASHES[how])]):
        return f"the backtrace does not reach start-up: {calls}"
    return "" if chain[:2] == ["task_main", "crash"] else f"the await chain is {chain}"


def run(results, machine, how):
    record = boots.boot(machine, guest.kernel_of(machine), guest.IMAGE, f"crash={how}", [], results.seed)
    text = record.console_of(None)
    text = text[text.find("PANIC: "):]
    reason = wrong(how, text, record.died)
    results.add(f"crash/{how}@{machine.name}", "FAIL" if reason else "pass", f"{text}\n{reason}")


def stage(results, _jobs):
    chosen = [(machines.test_machines()[i], how) for i in MACHINES for how in CRASHES]
    chosen = [(machine, how) for machine, how in chosen if results.wants(f"crash/{how}@{machine.name}")]
    if not chosen:
        return
    with Stage(results, "crashes"):
        for target in sorted({guest.kernel_of(machine) for machine, _ in chosen} | {guest.IMAGE}):
            done, text = builds.make(target)
            if not done:
                results.add(f"crash/{target}", "FAIL", text, replay=f"make {target}")
                return
        for machine, how in chosen:
            run(results, machine, how)
