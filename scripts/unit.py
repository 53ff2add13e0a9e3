"""unit.py - the host unit tests and the interleaving explorer: find, compile and judge them.

Every lib/test/*.c, kernel/*/test/*.c and user/lib/test/*.c is a program: exit 0 passes, 77 skips, all else fails. It is
compiled with ASan and UBSan for the host, without and with CO_TORTURE. Results: task/waker, task/waker+torture.
"""
import glob
import os
import shlex
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import family
import testhead
from results import Stage, environment

FUSE = 60
FLAGS = ("-std=gnu11 -O1 -g -fno-omit-frame-pointer -DHOST -I. -Ikernel/test/host -pthread -Wall -Wextra -Werror "
         "-Wmissing-prototypes -Wvla -Werror=jump-misses-init")
SANITIZE = "-fsanitize=address,undefined -fno-sanitize-recover=all"
PLACES = {"lib/test/*.c": "lib", "kernel/*/test/*.c": None, "user/lib/test/*.c": "user"}


@dataclass(frozen=True)
class Program:
    """One test source in one variant, inside the tree ROOT."""
    root: str
    source: str
    name: str
    variant: str

    @property
    def title(self):
        return self.name + ("+torture" if self.variant == "torture" else "")

    @property
    def output(self):
        return os.path.join(self.root, "build/unit", self.title.replace("/", "."))

    def compiler(self):
        head = testhead.read(os.path.join(self.root, self.source))
        words = ["gcc"] + FLAGS.split() + ([] if head["sanitize"] == "no" else SANITIZE.split())
        words += shlex.split(head["flags"]) + (["-DCO_TORTURE"] if self.variant == "torture" else [])
        return words + [self.source] + head["links"].split()

    def fuse(self):
        return int(testhead.read(os.path.join(self.root, self.source))["fuse"] or FUSE)


def find(root="."):
    """Every test program of the tree ROOT."""
    programs = []
    for place, owner in PLACES.items():
        for path in sorted(glob.glob(os.path.join(root, place))):
            source = os.path.relpath(path, root)
            name = f"{owner or source.split('/')[1]}/{os.path.basename(source)[:-2]}"
            variants = testhead.read(path)["variants"].split() or ["plain", "torture"]
            programs += [Program(root, source, name, variant) for variant in variants]
    return programs


def dependencies(program):
    """The files PROGRAM is made of, headers included; None when the compiler cannot tell."""
    made = subprocess.run(program.compiler() + ["-MM"], cwd=program.root, capture_output=True, text=True)
    if made.returncode:
        return None
    words = made.stdout.replace("\\\n", " ").split()
    return {os.path.normpath(word) for word in words if not word.endswith(":")}


def is_fresh(program, command):
    """Is the output newer than everything it was made of, and made by the same command?"""
    note = program.output + ".made"
    if not os.path.exists(program.output) or not os.path.exists(note):
        return False
    made_by, *files = open(note).read().splitlines()
    made_at = os.path.getmtime(program.output)
    paths = [os.path.join(program.root, name) for name in files]
    return made_by == shlex.join(command) and all(os.path.exists(p) and os.path.getmtime(p) < made_at for p in paths)


def compile_program(program):
    """What the compiler complained about; "" when the program is there."""
    os.makedirs(os.path.dirname(program.output), exist_ok=True)
    command = program.compiler()
    if is_fresh(program, command):
        return ""
    new = f"{os.path.abspath(program.output)}.{os.getpid()}"
    made = subprocess.run(command + ["-o", new], cwd=program.root, capture_output=True, text=True, errors="replace")
    if made.returncode:
        return made.stderr or "the compiler failed"
    os.replace(new, program.output)
    with open(program.output + ".made", "w") as note:
        note.write("\n".join([shlex.join(command)] + sorted(dependencies(program) or ())))
    return ""


def judge(program, seed, cases=(), fuse=0):
    """(pass | FAIL | skip | broken, what it printed). Broken: it does not compile."""
    wrong = compile_program(program)
    if wrong:
        return "broken", wrong
    fuse = fuse or program.fuse()
    with tempfile.TemporaryDirectory(prefix="chime-") as files:
        env = environment(seed, TMPDIR=files, UBSAN_OPTIONS="print_stacktrace=1")
        exited, text = family.run([os.path.abspath(program.output), *cases], fuse, cwd=program.root, env=env)
    if exited is None:
        return "FAIL", text + f"\nstill running after {fuse} s"
    status = {0: "pass", 77: "skip"}.get(exited, "FAIL")
    return status, text + (f"exit status {exited}" if status == "FAIL" else "")


def stage(results, jobs):
    """`make test`, stage 1 and 2."""
    def one(program):
        status, text = judge(program, results.seed)
        results.add(program.title, "FAIL" if status == "broken" else status, text)

    with Stage(results, "unit tests and explorer"), ThreadPoolExecutor(jobs) as pool, family.ends_with():
        list(pool.map(one, [program for program in find() if results.wants(program.title)]))
