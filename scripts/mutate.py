"""mutate.py - do the tests notice? Breaks the code on purpose, one line at a time, and insists that a test fails.

scripts/mutants.ini, a section for each:

    [signal-mask]
    file = kernel/proc/signal.c
    from = return thread->blocked & ~thread->awaited & signal_bit(signal);
    to = return false;
    tests = guest/signal-handler proc/explore_signal

`from` stands once in the file (FILE:N takes the Nth of several); every test of `tests` must fail with `to` in its
place: unit tests by name, guest tests on the machine `machine`, if that is not given the fourth of machines.py. A
mutation lives in a copy of the tree, build/mutants, where all of these tests must pass first: a test that fails anyway
notices nothing. Not a part of `make test`: run it when tests or what they test have changed, e.g.

    make mutants T=signal

A new test of something that matters gets a row here: a test that cannot fail is none.
"""
import configparser
import os
import random
import shutil
import sys
from dataclasses import dataclass

import boots
import builds
import guest
import machines
import unit
from results import Results, Stage

TABLE = "scripts/mutants.ini"
ROOT = "build/mutants"
FUSE = "CHIME_FUSE=60"  # seconds: many mutations make a program wait for ever
LEFT_OUT = ("build", ".git", "__pycache__")


@dataclass
class Mutant:
    name: str
    file: str
    number: int  # which of the places that read alike, from 1; 0: it is the only one
    before: str
    after: str
    tests: list
    machine: str


def find():
    table = configparser.RawConfigParser()
    table.read(TABLE)
    for name in table.sections():
        row = table[name]
        file, _, number = row["file"].partition(":")
        yield Mutant(name, file, int(number or 0), row["from"], row["to"], row["tests"].split(),
                     row.get("machine", machines.MACHINES[3].name))


def refresh():
    """Make the copy what the tree is, with the times that its files have, so that little is built again. What has
    changed is new: it may be a mutation that was left behind, and what was built of that is newer than the file."""
    if not os.path.exists(ROOT):
        shutil.copytree("build/obj", f"{ROOT}/build/obj")
    for place, folders, files in os.walk("."):
        folders[:] = [folder for folder in folders if folder not in LEFT_OUT]
        for file in files:
            source, copy = os.path.join(place, file), os.path.join(ROOT, place, file)
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            if not os.path.exists(copy):
                shutil.copy2(source, copy)
            elif open(source, "rb").read() != open(copy, "rb").read():
                shutil.copy(source, copy)
    for place, folders, files in os.walk(ROOT):
        folders[:] = [folder for folder in folders if folder not in LEFT_OUT]
        for file in files:
            if not os.path.exists(os.path.join(os.path.relpath(place, ROOT), file)):
                os.remove(os.path.join(place, file))


def allow_warnings():
    """A mutation may leave a variable unused."""
    unit.FLAGS = unit.FLAGS.replace("-Werror ", "")
    rules = f"{ROOT}/scripts/kernel.mk"
    times = os.stat(rules)
    with open(rules) as file:
        text = file.read()
    with open(rules, "w") as file:
        file.write(text.replace("-Werror ", ""))
    os.utime(rules, ns=(times.st_atime_ns, times.st_mtime_ns))


def mutated(mutant, text):
    """TEXT with the mutation; None when `from` does not stand there as the row says."""
    parts, number = text.split(mutant.before), mutant.number or 1
    if len(parts) <= number or (not mutant.number and len(parts) > 2):
        return None
    head, tail = parts[:number], parts[number:]
    return mutant.before.join(head) + mutant.after + mutant.before.join(tail)


def unit_verdicts(names, seed):
    for program in unit.find(ROOT):
        if program.name in names and program.variant == "plain":
            yield program.name, unit.judge(program, seed)


def guest_verdicts(place, names, seed):
    """Of NAMES (with their prefix) on the machine PLACE."""
    names = [name[6:] for name in names if name.startswith("guest/")]
    if not names:
        return
    machine = next(machine for machine in machines.test_machines() if machine.name == place)
    kernel = guest.kernel_of(machine)
    done, text = builds.make.__wrapped__(kernel, ROOT)  # its answers are kept otherwise
    if not done:
        yield f"guest/{names[0]}", ("broken", text)
        return
    heads = guest.find()
    for name in names:
        record = boots.boot(machine, f"{ROOT}/{kernel}", guest.IMAGE, heads[name]["boot"], [FUSE, name], seed)
        ending = record.endings.get(name)
        passed = ending and guest.told(ending)[0] == "pass" and name not in record.leaks
        yield f"guest/{name}", ("pass" if passed else "FAIL", record.console_of(name) + record.died)


def verdicts_of(place, names, seed):
    """test -> (status, text), of the tree as it is now."""
    return dict(unit_verdicts(names, seed)) | dict(guest_verdicts(place, names, seed))


def check_whole(results, mutants):
    """Nothing is broken: do the tests of all MUTANTS pass?"""
    places = {mutant.machine: {} for mutant in mutants}
    for mutant in mutants:
        places[mutant.machine] |= dict.fromkeys(mutant.tests)  # in order, each once
    for place, names in places.items():
        verdicts = verdicts_of(place, list(names), results.seed)
        for name in names:
            status, text = verdicts.get(name, ("missing", ""))
            results.add(f"whole/{name}@{place}" if name.startswith("guest/") else f"whole/{name}",
                        "pass" if status == "pass" else "FAIL", text)


def judge(results, mutant):
    path = os.path.join(ROOT, mutant.file)
    text = open(path).read()
    broken = mutated(mutant, text)
    if broken is None:
        results.add(f"mutant/{mutant.name}", "FAIL", f"{mutant.file} has not this line, or has it more than once")
        return
    with open(path, "w") as file:
        file.write(broken)
    try:
        verdicts = verdicts_of(mutant.machine, mutant.tests, results.seed)
    finally:
        with open(path, "w") as file:
            file.write(text)
    unnoticed = [name for name in mutant.tests if verdicts.get(name, ("missing", ""))[0] != "FAIL"]
    said = "\n".join(f"{name}: {verdicts.get(name, ('missing', ''))}" for name in unnoticed)
    results.add(f"mutant/{mutant.name}", "FAIL" if unnoticed else "pass",
                f"{mutant.file}: {mutant.before}  -->  {mutant.after}\nnot noticed by {' '.join(unnoticed)}\n{said}",
                replay=f"make mutants T={mutant.name}")


def main():
    seed = int(os.environ.get("CHIME_SEED") or str(random.randrange(1, 1 << 31)), 0)
    results = Results(os.environ.get("T", ""), True, seed)
    for target in (guest.IMAGE, "build/kernel.elf"):
        done, text = builds.make(target)
        if not done:
            sys.exit(text)
    refresh()
    allow_warnings()
    mutants = [mutant for mutant in find() if results.wants(f"mutant/{mutant.name}")]
    with Stage(results, "mutants"):
        check_whole(results, mutants)
        for mutant in mutants:
            judge(results, mutant)
    sys.exit(results.finish())


if __name__ == "__main__":
    main()
