"""test.py - `make test`: the stages, one after the other, and the line that counts.

A new stage is a function (results, jobs) in a file of its own and a row of STAGES.
"""
import argparse
import glob
import os
import random
import signal
import sys
import time

import boots
import builds
import crash
import drawings
import guest
import labs
import models
import oracle
import starve
import unit
from results import Results

STAGES = {
    "builds": builds.stage,
    "unit": unit.stage,
    "drawings": drawings.stage,
    "models": models.stage,
    "oracle": oracle.stage,
    "crashes": crash.stage,
    "guest": guest.stage,
    "starved": starve.stage,
    "labs": labs.stage,
}
JOBS = 2
LOG_SECONDS = 3600


def forget_old_logs():
    for path in glob.glob(f"{boots.LOG}/*"):
        if time.time() - os.path.getmtime(path) > LOG_SECONDS:
            os.remove(path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stage", choices=STAGES, action="append")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, boots.stop_all)
    seed = int(os.environ.get("CHIME_SEED") or str(random.randrange(1, 1 << 31)), 0)
    forget_old_logs()
    results = Results(os.environ.get("T", ""), bool(os.environ.get("V")), seed)
    print(f"seed: CHIME_SEED={seed}", flush=True)
    for name in args.stage or STAGES:
        STAGES[name](results, JOBS)
    sys.exit(results.finish())


if __name__ == "__main__":
    main()
