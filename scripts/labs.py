"""labs.py - the labs judged: in each skeleton exactly that lab's tests fail, and all others pass.

So the reference solution is tested (in the tree itself), and a grade can never be vacuous. A test that contains no file
of the hole is the very program that the unit stage judged: only the others are built again. Results are named
lab/1/skeleton, lab/1/task/waker.
"""
import dataclasses
import functools
from concurrent.futures import ThreadPoolExecutor

import boots
import builds
import guest
import lab as lab_tools
import machines
import unit
from results import Stage

FUSES = {"FAIL": 30, "pass": 120}  # seconds; a test that should fail may hang


@functools.cache
def files_of(program):
    return unit.dependencies(program)


def touched(lab, root):
    """The unit tests whose program differs in the skeleton, and those the lab names."""
    holes = set(lab.hole)
    for program in unit.find(root):
        # in the tree itself: its files have the same names, and all labs ask
        files = files_of(dataclasses.replace(program, root=".", variant="plain"))
        if files is None or files & holes or program.name in lab.host:
            yield program


def judge_host(results, lab, program):
    """A test of the lab must fail in the skeleton, another must pass; both must compile."""
    wanted = "FAIL" if program.name in lab.host else "pass"
    status, text = unit.judge(program, results.seed, fuse=FUSES[wanted])
    note = f"in the skeleton of lab {lab.number} this is: {status}; it should be: {wanted}"
    results.add(f"lab/{lab.number}/{program.title}", "pass" if status == wanted else "FAIL", text + "\n" + note,
                replay=f"make test T=lab/{lab.number}")


def guest_tests(machine):
    """All that run on MACHINE in a boot that they share."""
    return [name for name, head in guest.find().items()
            if machine.allows(head["machines"] or "all") and not head["boot"]]


def judge_guest(results, lab, root):
    """The same for guest tests, on the first machine of the table, with the skeleton's kernel."""
    machine = machines.MACHINES[0]
    names = guest_tests(machine)
    must_fail = names if lab.guest == ["*"] else lab.guest
    done, text = builds.make("build/kernel.elf", root)
    if not done:
        results.add(f"lab/{lab.number}/kernel", "FAIL", text, replay=f"make test T=lab/{lab.number}")
        return
    left = list(names)
    while left:
        record = boots.boot(machine, f"{root}/build/kernel.elf", guest.IMAGE, "", left, results.seed)
        for name in [name for name in left if name in record.endings or not record.endings]:
            left.remove(name)
            ending = record.endings.get(name)
            passed = bool(ending) and ending.how == "exit" and ending.number in (0, 77)
            right = passed != (name in must_fail)
            results.add(f"lab/{lab.number}/guest/{name}", "pass" if right else "FAIL", record.console_of(name),
                        replay=f"make test T=lab/{lab.number}")


def judge(results, lab, pool):
    root = f"build/test-lab-{lab.number}"
    lab_tools.cut(lab, root)
    programs = list(touched(lab, root))
    missing = set(lab.host) - {program.name for program in programs}
    missing |= set(lab.guest) - set(guest.find()) - {"*"}
    results.add(f"lab/{lab.number}/skeleton", "FAIL" if missing or not (lab.host or lab.guest) else "pass",
                "the lab names tests that do not exist, or none: " + " ".join(sorted(missing)))
    list(pool.map(lambda program: judge_host(results, lab, program), programs))
    if lab.guest:
        judge_guest(results, lab, root)


def stage(results, jobs):
    with Stage(results, "labs"), ThreadPoolExecutor(jobs) as pool:
        for lab in lab_tools.find().values():
            if results.wants(f"lab/{lab.number}") or f"lab/{lab.number}" in results.wanted:
                judge(results, lab, pool)
