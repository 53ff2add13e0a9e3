"""results.py - what the tests said: counted, and shown as it comes in.

A result is a name, one of pass / FAIL / skip, and for a failure what to read and the command that runs it again.
"""
import os
import threading
import time
from fnmatch import fnmatch

SHOWN_LINES = 60


class Results:
    def __init__(self, wanted="", verbose=False, seed=0):
        self.wanted, self.verbose, self.seed = wanted, verbose, seed
        self.count = {"pass": 0, "FAIL": 0, "skip": 0}
        self.failures = []
        self.lock = threading.Lock()

    def wants(self, name):
        """Does T ask for NAME? T is a part of it, or a pattern with * or ?."""
        wanted = self.wanted
        return wanted in name or ("*" in wanted or "?" in wanted) and fnmatch(name, wanted)

    def add(self, name, status, text="", seconds=0.0, replay=""):
        with self.lock:
            self.count[status] += 1
            if status == "FAIL":
                self.failures.append(name)
            if status == "pass" and not self.verbose:
                return
            print(f"{status}  {name}" + (f"  ({seconds:.1f} s)" if seconds else ""))
            if status == "FAIL":
                self.show(text, replay or f"make test T={name} CHIME_SEED={self.seed}")
            elif status == "skip" and text.strip():
                print("      " + text.strip().splitlines()[-1])
            print(end="", flush=True)

    def show(self, text, replay):
        lines = text.rstrip().splitlines()
        if len(lines) > SHOWN_LINES:
            lines = lines[:10] + [f"... {len(lines) - SHOWN_LINES} lines left out ..."] + lines[10 - SHOWN_LINES:]
        for line in lines:
            print("      " + line)
        print(f"      replay: {replay}")

    def finish(self):
        """The last line, alone; the exit status."""
        count = self.count
        if self.failures:
            print("failed: " + " ".join(self.failures))
        skipped = f", {count['skip']} skipped" if count["skip"] else ""
        if not sum(count.values()):
            print(f"no test matches T={self.wanted}")
        print(f"{count['pass']} passed, {count['FAIL']} failed{skipped}", flush=True)
        return 1 if count["FAIL"] or not count["pass"] else 0


class Stage:
    """Says what a stage counted and how long it took."""

    def __init__(self, results, title):
        self.results, self.title = results, title

    def __enter__(self):
        self.before, self.start = dict(self.results.count), time.monotonic()

    def __exit__(self, *_):
        gained = {status: now - self.before[status] for status, now in self.results.count.items()}
        if any(gained.values()):
            said = ", ".join(f"{number} {word}" for (status, number), word in
                             zip(gained.items(), ("passed", "failed", "skipped")) if number)
            print(f"====  {self.title}: {said}  ({time.monotonic() - self.start:.0f} s)", flush=True)


def environment(seed, **more):
    """The environment of a test program."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    names = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "CMD", "T")
    env = {key: value for key, value in os.environ.items() if key not in names}
    return dict(env, PATH=path, CHIME_SEED=str(seed), **more)
