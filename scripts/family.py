"""family.py - a test program and all that it starts: they end together.

A unit test runs each case in a process of its own, and programs of the oracle start others: at the fuse all of them
are killed, not just the first, which would leave the one that hangs to run for ever. What is typed
here (^C) does not reach them: who is interrupted kills them.
"""
import contextlib
import os
import signal
import subprocess

running = set()


class Family(subprocess.Popen):
    def __init__(self, command, **more):
        super().__init__(command, start_new_session=True, **more)

    def kill(self):
        """Before wait(), after which the number may be somebody else's."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)


def stop_all():
    for family in list(running):
        family.kill()


@contextlib.contextmanager
def ends_with():
    """Who is interrupted inside of this leaves nobody behind in other threads."""
    try:
        yield
    finally:
        stop_all()


def run(command, fuse, **more):
    """(status, what they printed); the status is None if they were still running after FUSE seconds."""
    with Family(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more) as family:
        running.add(family)
        try:
            text = family.communicate(timeout=fuse)[0]
            status = family.returncode
        except subprocess.TimeoutExpired as late:
            family.kill()
            text, status = late.stdout or b"", None
        except BaseException:
            family.kill()
            raise
        finally:
            running.discard(family)
    return status, text.decode(errors="replace")
