"""grade.py - `make grade N=1`: the tests of one lab, in this tree, each case by its name."""
import os
import random
import sys
from fnmatch import fnmatch

import guest
import lab as lab_tools
import unit
from results import Results


def grade_host(lab, seed):
    """Run the lab's unit tests: (passed, failed)."""
    count = {"pass": 0, "FAIL": 0}
    for program in unit.find():
        if program.name not in lab.host:
            continue
        status, text = unit.judge(program, seed)
        good = status == "pass"
        count["pass" if good else "FAIL"] += 1
        print(f"{'pass' if good else 'FAIL'}  {program.title}" + ("  (does not compile)" if status == "broken" else ""))
        lines = text.rstrip().splitlines()
        for line in lines if not good else [line for line in lines if line.startswith("ok ")]:
            print("      " + line)
        if not good:
            print(f"      replay: make test T={program.title} CHIME_SEED={seed}")
    return count["pass"], count["FAIL"]


def grade_guest(lab, seed):
    results = Results("guest/", True, seed)
    results.wants = lambda name: any(fnmatch(name, f"guest/{test}@*") for test in lab.guest)
    guest.stage(results, 2)
    return results.count["pass"], results.count["FAIL"]


def main():
    lab = lab_tools.chosen(lab_tools.find(), sys.argv[1:])
    seed = int(os.environ.get("CHIME_SEED") or str(random.randrange(1, 1 << 31)), 0)
    print(f"Lab {lab.number}: {lab.title}")
    rows = [grade_host(lab, seed)] + ([grade_guest(lab, seed)] if lab.guest else [])
    passed, failed = (sum(column) for column in zip(*rows))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
