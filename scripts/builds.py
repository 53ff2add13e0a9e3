"""builds.py - everything builds: the kernel in its three variants, the programs, the disk image."""
import functools
import os
import shutil
import subprocess

from results import Stage, environment

ROWS = (
    # name, what make is asked for, the tool without which it is skipped
    ("build/kernel", "build/kernel.elf", None),
    ("build/torture", "build/torture/kernel.elf", None),
    ("build/clang", "build/llvm/kernel.elf", "ld.lld"),
    ("build/image", "build/disk.img", None),
)


@functools.lru_cache(maxsize=None)
def make(target, root="."):
    """(done, what make said)."""
    made = subprocess.run([os.environ.get("MAKE") or "make", "--no-print-directory", target], cwd=root,
                          env=environment(0, EXTRA=""), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace")
    return made.returncode == 0, made.stdout


def stage(results, _jobs):
    with Stage(results, "builds"):
        for name, target, tool in ROWS:
            if not results.wants(name):
                continue
            if tool and not shutil.which(tool):
                results.add(name, "skip", f"{tool} is not installed")
                continue
            done, text = make(target)
            results.add(name, "pass" if done else "FAIL", text, replay=f"make {target}")
