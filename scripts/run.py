"""run.py - `make run`: boot Chime on this terminal.

With CMD the machine runs that one command and powers off, and our exit status is the command's. Ctrl-A X leaves QEMU,
Ctrl-A C reaches its monitor. A machine that stays silent, or dies, is explained.
"""
import argparse
import os
import signal
import subprocess
import sys
import threading
import time

import explain
import machines
import trace

LOG = "build/log"


def console(log):
    return ["-chardev", f"stdio,id=console,mux=on,signal=off,logfile={log}", "-serial", "chardev:console", "-mon",
            "chardev=console,mode=readline"]


def append_line():
    """The kernel's command line: key=value words, then what init is to run."""
    words = [os.environ.get("BOOT", "")]
    if os.environ.get("TRACE"):
        words.append("trace=" + os.environ["TRACE"])
    if os.environ.get("CMD"):
        words.append("-- " + os.environ["CMD"])
    return " ".join(word for word in words if word)


def watch(process, log, command):
    """Explain a machine that has not said enough after a while."""
    for seconds, judge in ((4, explain.no_firmware), (10, explain.no_kernel)):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if process.poll() is not None:
                return
            time.sleep(0.2)
        text = judge(open(log, errors="replace").read(), command)
        if text:
            sys.stderr.write(text.replace("\n", "\r\n"))
            return


def stop(process):
    """Ask QEMU to end, so that it puts the terminal right; a stuck one is killed."""
    process.terminate()
    try:
        process.wait(3)
    except subprocess.TimeoutExpired:
        process.kill()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--image", required=True)
    args = parser.parse_args()
    os.makedirs(LOG, exist_ok=True)
    log = f"{LOG}/run.{os.getpid()}.console"
    machine = machines.from_environment()
    command = machines.command(machine, args.kernel, args.image, append_line(), console(log),
                               f"{LOG}/run.{os.getpid()}.verdict", keep=bool(os.environ.get("KEEP")))
    waits_for_gdb = os.environ.get("GDB", "") not in ("", "0")
    if waits_for_gdb:
        command += ["-s", "-S"]
        print("waiting for gdb on port 1234: type `make gdb` in another window", flush=True)
    if os.environ.get("V"):
        print(machines.shown(command), flush=True)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    open(log, "w").close()
    try:
        process = subprocess.Popen(command)
    except OSError as error:
        sys.exit(explain.no_qemu(machine.qemu, error))
    if not waits_for_gdb:
        threading.Thread(target=watch, args=(process, log, command), daemon=True).start()
    try:
        status = process.wait()
    finally:
        stop(process)
    if status:
        sys.stderr.write(explain.exit_status(status, open(log, errors="replace").read(), command))
    for kind in ("console", "verdict"):
        last = f"{LOG}/run.{kind}"
        if os.path.exists(f"{LOG}/run.{os.getpid()}.{kind}"):
            os.replace(f"{LOG}/run.{os.getpid()}.{kind}", last)
    if os.environ.get("TRACE"):
        print(trace.convert(f"{LOG}/run.verdict"))
    sys.exit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main()
