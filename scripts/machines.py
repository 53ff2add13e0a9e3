"""machines.py - the machines Chime is run on, and the QEMU command line of each.

Every machine is QEMU `virt` under OpenSBI. What may differ is a field of Machine. The guest tests run on MACHINES: each
pair of choices (harts x interrupt system, harts x CO_TORTURE, interrupt system x H, ...) occurs in at least one row.
On a crowded one, with more harts than most computers have, only those tests run that are about what harts do to each
other.
"""
import os
import shlex
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Machine:
    smp: int = 2
    mem: str = "512M"
    aia: bool = True  # APLIC + IMSIC with guest files; else the PLIC
    h: bool = True  # the hypervisor extension
    icount: bool = False  # guest time counts instructions
    torture: bool = False  # the kernel built with CO_TORTURE
    crowd: bool = False  # only for tests that ask for a crowd of harts
    qemu: str = "qemu-system-riscv64"
    other: bool = False  # a second QEMU, given by CHIME_QEMU2

    @property
    def name(self):
        words = [f"smp{self.smp}", "aia" if self.aia else "plic", "h" if self.h else "noh"]
        words += [word for word in ("icount", "torture", "other") if getattr(self, word)]
        return "-".join(words)

    def allows(self, wish):
        """Does WISH, the `machines:` line of a test, admit this machine? E.g. "all", "smp>=2 aia", "!icount"; "crowd":
        also the crowded ones that the other words admit."""
        words = wish.replace(",", " ").split()
        if self.crowd and "crowd" not in words:
            return False
        return all(self.allows_word(word) for word in words if word != "crowd")

    def allows_word(self, word):
        if word == "all":
            return True
        if word.startswith("!"):
            return not self.allows_word(word[1:])
        for sign, holds in ((">=", int.__ge__), ("<=", int.__le__), ("=", int.__eq__)):
            if word.startswith("smp" + sign):
                return holds(self.smp, int(word[3 + len(sign):]))
        facts = {"aia": self.aia, "plic": not self.aia, "h": self.h, "icount": self.icount, "torture": self.torture}
        if word not in facts:
            raise ValueError(f"machines: what is '{word}'?")
        return facts[word]


MACHINES = (
    Machine(smp=1, aia=True, h=True, icount=True),
    Machine(smp=1, aia=False, h=False, icount=True, torture=True),
    Machine(smp=1, aia=False, h=True),
    Machine(smp=2, aia=True, h=True),
    Machine(smp=2, aia=True, h=False),
    Machine(smp=2, aia=False, h=True, torture=True),
    Machine(smp=4, aia=True, h=True, torture=True),
    Machine(smp=4, aia=False, h=False),
    Machine(smp=8, aia=True, h=True, crowd=True),
)


def test_machines():
    """The machines of `make test`: the table, and three on the QEMU named by CHIME_QEMU2."""
    second = os.environ.get("CHIME_QEMU2")
    rows = [replace(machine, qemu=os.environ.get("QEMU") or machine.qemu) for machine in MACHINES]
    if second:
        rows += [replace(machine, qemu=second, other=True) for machine in (MACHINES[0], MACHINES[3], MACHINES[4])]
    return rows


def from_environment():
    """The machine that the make variables ask for."""
    env = {name: os.environ.get(name, "") for name in ("SMP", "MEM", "ICOUNT", "AIA", "H", "QEMU", "TORTURE")}
    icount = env["ICOUNT"] not in ("", "0", "off")
    return Machine(
        smp=int(env["SMP"] or (1 if icount else 2)), mem=env["MEM"] or "512M", aia=env["AIA"] != "off",
        h=env["H"] != "off", icount=icount, qemu=env["QEMU"] or Machine.qemu)


def command(machine, kernel, image, append, console, verdict, keep=False):
    """The argument list of QEMU. CONSOLE is a list of arguments that gives -serial its place; VERDICT a file's name."""
    words = [machine.qemu, "-machine", "virt" + (",aia=aplic-imsic,aia-guests=3" if machine.aia else "")]
    words += ["-cpu", "rv64" + ("" if machine.h else ",h=false"), "-smp", str(machine.smp), "-m", machine.mem]
    words += ["-display", "none", "-no-reboot", "-bios", "default", "-kernel", kernel, "-append", append] + console
    words += ["-global", "virtio-mmio.force-legacy=false"]
    drive = f"file={image},format=raw,if=none,id=d0"
    words += ["-drive", drive if keep else drive + ",snapshot=on,file.locking=off"]
    words += ["-device", "virtio-blk-device,drive=d0", "-device", "virtio-rng-device"]
    words += ["-device", "virtio-serial-device", "-chardev", f"file,id=verdict,path={verdict}"]
    words += ["-device", "virtconsole,chardev=verdict"]
    if machine.icount:
        words += ["-icount", "shift=0", "-seed", "1", "-rtc", "base=2025-01-01T00:00:00,clock=vm"]
    return words


def console_file(path):
    """The console goes to a file; nothing is typed."""
    return ["-chardev", f"file,id=console,path={path}", "-serial", "chardev:console", "-monitor", "none"]


def shown(words):
    """The command as a line for a shell."""
    return " ".join(shlex.quote(word) for word in words)
