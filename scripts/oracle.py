"""oracle.py - guest tests that are plain Linux programs run on Linux too: what passes on Chime must be true there.

`oracle: user` runs the riscv64 program under qemu-riscv64; `oracle: native` compiles the source (and its `links:`) for
the host's own kernel, and counts as skipped where that forbids the calls (exit 77). Results are named oracle/NAME.
"""
import os
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import builds
import family
import guest
from image import DATA_MAKER
from results import Stage, environment

FUSE = 60
DATA = os.path.abspath("build/test-data")
NATIVE = "gcc -std=gnu11 -O2 -g -I. -pthread -Wall -Wextra -Werror"


def prepare_user(name, _head):
    """(command or None, why not)."""
    if not shutil.which("qemu-riscv64"):
        return None, "skip", "qemu-riscv64 is not installed"
    program = f"build/user/test/{name}"
    done, text = builds.make(program)
    return (["qemu-riscv64", program], "", "") if done else (None, "FAIL", text)


def prepare_native(name, head):
    program = f"build/oracle/{name}"
    os.makedirs(os.path.dirname(program), exist_ok=True)
    words = NATIVE.split() + shlex.split(head["flags"]) + [f"user/test/{name}.c"] + head["links"].split()
    made = subprocess.run(words + ["-o", program], capture_output=True, text=True)
    return ([program], "", "") if made.returncode == 0 else (None, "FAIL", made.stderr)


PREPARE = {"user": prepare_user, "native": prepare_native}


def judge(results, name, head):
    command, status, text = PREPARE[head["oracle"]](name, head)
    if command:
        env = environment(results.seed, CHIME_DATA=DATA)
        exited, text = family.run(command, int(head["fuse"] or FUSE), env=env)
        status = {0: "pass", 77: "skip"}.get(exited, "FAIL")
        if status == "FAIL":
            text += "\nstill running after its fuse" if exited is None else f"exit status {exited}"
    results.add(f"oracle/{name}", status, text)


def make_data():
    """The files that the tests find in /test-data, anew."""
    shutil.rmtree(DATA, ignore_errors=True)
    if os.path.exists(DATA_MAKER):
        subprocess.run([sys.executable, DATA_MAKER, DATA], check=True)


def stage(results, jobs):
    rows = [(name, head) for name, head in guest.find().items()
            if head["oracle"] in PREPARE and results.wants(f"oracle/{name}")]
    if any(head["oracle"] == "user" for _, head in rows):
        builds.make("user")
    make_data()
    with Stage(results, "oracle"), ThreadPoolExecutor(jobs) as pool, family.ends_with():
        list(pool.map(lambda row: judge(results, *row), rows))
