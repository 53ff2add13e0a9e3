"""explain.py - what to tell somebody whose machine says nothing, or has died.

Each function looks at the console so far and gives a text, or "" when nothing is wrong.
"""
import machines

PANIC_STATUS = 101
FIRMWARE_MARK = "OpenSBI"
KERNEL_MARK = "Chime"


def told(title, reasons, command):
    lines = ["", f"make run: {title}"] + ["  - " + reason for reason in reasons]
    return "\n".join(lines + ["  The command was:", "    " + machines.shown(command), ""])


def no_qemu(name, error):
    return f"make run: cannot start {name}: {error.strerror}\n" \
           "  `make setup` installs it; `make doctor` says what else is missing."


def no_firmware(console, command):
    if console.strip():
        return ""
    return told("the machine has not said a word: not even the firmware (OpenSBI) came up.", [
        "is the firmware there? `-bios default` needs the package opensbi (`make doctor` looks)",
        "is this QEMU at least 7.2? (`make doctor`)",
        "try a plainer machine: make run AIA=off H=off SMP=1",
        "a busy host only needs time: this is a guess after 4 seconds, the machine runs on (leave with Ctrl-A X)",
    ], command)


def no_kernel(console, command):
    if KERNEL_MARK in console.split(FIRMWARE_MARK)[-1]:
        return ""
    return told("the firmware came up, and then the kernel said nothing.", [
        "is _start the first thing of the kernel? QEMU 7.2 jumps to the lowest load address: "
        "`head build/kernel.sym`; `readelf -l build/kernel.elf` must show no header or note segment before the text",
        "where is it now? make run GDB=1, and `make gdb` in another window; then `info threads`, `bt`",
        "does a plainer machine come up? make run AIA=off H=off SMP=1",
        "is there enough memory? make run MEM=512M",
        "leave with Ctrl-A X",
    ], command)


def exit_status(status, console, command):
    if status < 0:
        return told(f"QEMU was killed by signal {-status}.", ["its own messages stand above"], command)
    if status == PANIC_STATUS:
        return "\nmake run: status 101: the kernel panicked (it says why above), or the command said 101.\n" \
               "  to look at it: make run GDB=1, and `make gdb` in another window (it stops in panic)\n"
    if not console.strip():
        return told(f"QEMU ended with status {status} before the machine said a word.", [
            "its own message stands above: often an option that this QEMU does not know (`make doctor` asks for 7.2)",
            "try a plainer machine: make run AIA=off H=off",
            "a disk image in use by another QEMU cannot be opened with KEEP=1",
        ], command)
    return f"\nmake run: the command failed with status {status}.\n"
