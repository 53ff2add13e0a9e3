"""boots.py - one boot for tests: start QEMU, follow the verdicts, notice when the machine dies or hangs.

Only the verdict port is believed. The console is kept in build/log/ and read by people: the part of a test lies between
the marks `--- NAME` that init prints.
"""
import itertools
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass, field

import family
import machines
from explain import PANIC_STATUS

LOG = "build/log"
HANG_SECONDS = 150  # without a verdict or a word on the console; init's own fuse is shorter
serial = itertools.count(1)
running = set()


def stop_all(*_):
    """For SIGTERM: leave no machine behind."""
    for process in running:
        process.kill()
    family.stop_all()
    os._exit(128 + signal.SIGTERM)


@dataclass
class Ending:
    how: str
    number: int


@dataclass
class Record:
    """What one boot said."""
    console_path: str
    endings: dict = field(default_factory=dict)
    leaks: dict = field(default_factory=dict)
    begun: str = ""  # the test that runs now
    done: bool = False
    died: str = ""  # why the machine ended early

    def take(self, line):
        """One line of the verdict port."""
        words = line.split()
        if words[:1] == ["begin"]:
            self.begun = words[1]
        elif words[:1] == ["leak"]:
            self.leaks[words[1]] = " ".join(words[2:])
        elif words[:1] == ["end"]:
            self.endings[words[1]] = Ending(words[2], int(words[3]))
            self.begun = ""
        elif words[:1] == ["done"]:
            self.done = True

    def console_of(self, name):
        """What the console showed while NAME ran; when nothing ran, all that came after the firmware."""
        with open(self.console_path, errors="replace") as console:
            text = re.split(r"\nBoot HART MEDELEG.*\n", console.read().replace("\r", ""))[-1]
        if name and f"--- {name}\n" in text:
            text = text.split(f"--- {name}\n", 1)[1].split("\n--- ")[0]
        return text


class Tail:
    """The whole lines that have been added to a file since last asked."""

    def __init__(self, path):
        self.file, self.rest = open(path, errors="replace"), ""

    def lines(self):
        *lines, self.rest = (self.rest + self.file.read()).split("\n")
        return lines


def follow(process, record, verdict, console):
    """Read verdicts until the machine is off: "" or why it was stopped."""
    tail, quiet_since, seen = Tail(verdict), time.monotonic(), 0
    while True:
        off = process.poll() is not None
        lines = tail.lines()
        for line in lines:
            record.take(line)
        size = os.path.getsize(console)
        if lines or size != seen:
            quiet_since, seen = time.monotonic(), size
        if off:
            return ""
        if time.monotonic() - quiet_since > HANG_SECONDS:
            process.kill()
            process.wait()
            return f"the machine hung: no verdict and no word for {HANG_SECONDS} s"
        time.sleep(0.05)


def boot(machine, kernel, image, boot_words, names, seed):
    """Run the guest tests NAMES in one boot of MACHINE: a Record."""
    os.makedirs(LOG, exist_ok=True)
    stem = f"{LOG}/{machine.name}.{os.getpid()}.{next(serial)}"
    console, verdict = stem + ".console", stem + ".verdict"
    for path in (console, verdict):
        open(path, "w").close()
    append = f"{boot_words} -- --test CHIME_SEED={seed} {' '.join(names)}".strip()
    command = machines.command(machine, kernel, image, append, machines.console_file(console), verdict)
    with open(stem + ".qemu", "w") as log:
        log.write(machines.shown(command) + "\n")
        log.flush()
        record = Record(console)
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        running.add(process)
        try:
            record.died = follow(process, record, verdict, console)
        finally:
            process.kill()
            process.wait()
            running.discard(process)
    if not record.done and not record.died:
        status = process.returncode
        said = open(stem + ".qemu").read().split("\n", 1)[1].strip()
        record.died = "the kernel panicked" if status == PANIC_STATUS else \
            f"the machine ended too early, QEMU's status is {status} {said}"
    if record.died and record.begun:
        record.endings[record.begun] = Ending(record.died, 0)
    return record
