"""models.py - protocols as Promela models, checked by spin: every kernel/*/test/*.pml.

A model's head names its broken variants, each a macro that takes a rule of the protocol away:

    * broken: NO_MARK QUEUED_AT_ONCE

The model itself must have no error in any reachable state, and spin must find one in each broken variant: so a model
cannot pass by checking nothing. Results are named task/waker.pml and task/waker.pml-NO_MARK.
"""
import glob
import os
import re
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

from results import Stage

FUSE = 120
DEPTH = 1000000
ERRORS = re.compile(r"errors: (\d+)")
BROKEN = re.compile(r"^ \* broken: (.*)$", re.M)


def find():
    """(name, path, variant) of every model and of its broken variants."""
    for path in sorted(glob.glob("kernel/*/test/*.pml")):
        name = f"{path.split('/')[1]}/{os.path.basename(path)}"
        yield name, path, ""
        for variant in " ".join(BROKEN.findall(open(path).read())).split():
            yield f"{name}-{variant}", path, variant


def check(path, variant, place):
    """(errors that spin found in one variant, or None when it could not say; what it printed)."""
    spin = ["spin"] + ([f"-D{variant}"] if variant else []) + ["-a", os.path.abspath(path)]
    text = ""
    for command in (spin, ["gcc", "-O1", "-w", "-DVECTORSZ=4096", "-o", "pan", "pan.c"], ["./pan", f"-m{DEPTH}"]):
        ran = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=FUSE)
        text += ran.stdout + ran.stderr
        if ran.returncode and command[0] != "./pan":
            return None, text
    found = ERRORS.search(text)
    complete = "max search depth too small" not in text and "out of memory" not in text
    return int(found[1]) if found and complete else None, text


def judge(results, name, path, variant):
    with tempfile.TemporaryDirectory(prefix="chime-") as place:
        try:
            errors, text = check(path, variant, place)
        except subprocess.TimeoutExpired:
            errors, text = None, f"still running after {FUSE} s"
    good = errors is not None and bool(errors) == bool(variant)
    results.add(name, "pass" if good else "FAIL", text, replay=f"make test T={name}")


def stage(results, jobs):
    chosen = [row for row in find() if results.wants(row[0])]
    if not chosen:
        return
    with Stage(results, "models"):
        if not shutil.which("spin"):
            results.add("models", "FAIL", "spin is missing: make setup test installs it")
            return
        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(lambda row: judge(results, *row), chosen))
