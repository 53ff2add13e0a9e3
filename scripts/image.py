"""image.py IMAGE PROGRAM... - make the disk image: ext2, 4 KiB blocks, without root.

A program build/user/KIND/NAME becomes /KIND/NAME; user/test/make-data.py fills /test-data; user/root is copied over
that, and the directory $EXTRA over all. Times (except in /test-data and $EXTRA), owners, volume id and hash seed are
fixed, so the same files give the same image.
"""
import os
import shutil
import subprocess
import sys
import tempfile

BLOCK = 4096
LEAST_BYTES = 64 << 20
TIME = 1735689600  # 2025-01-01
MOUNT_POINTS = ("dev", "proc", "tmp")
DATA_MAKER = "user/test/make-data.py"
FOLDERS = ("bin", "test", "bench", "etc") + MOUNT_POINTS
UUID = "c41e0000-0000-4000-8000-000000000001"


def tool(name):
    """The tools of e2fsprogs lie outside the PATH of many users."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin") or name


def stage(root, programs):
    """Fill the directory ROOT with everything the image holds."""
    strip = os.environ.get("CROSS", "riscv64-linux-gnu-") + "strip"
    for folder in FOLDERS:
        os.makedirs(os.path.join(root, folder))
    for program in programs:
        kind, name = program.split("/")[-2:]
        subprocess.run([strip, "-o", os.path.join(root, kind, name), program], check=True)
    shutil.copytree("user/root", root, symlinks=True, dirs_exist_ok=True)
    for path in everything(root):
        os.utime(root + path, (TIME, TIME), follow_symlinks=False)
    if os.path.exists(DATA_MAKER):
        subprocess.run([sys.executable, DATA_MAKER, root + "/test-data"], check=True)
    if os.environ.get("EXTRA"):
        shutil.copytree(os.environ["EXTRA"], root, symlinks=True, dirs_exist_ok=True)
    os.chmod(root + "/tmp", 0o1777)


def everything(root):
    """Every path below ROOT, itself included, as the image names it."""
    for folder, folders, files in os.walk(root):
        folders.sort()
        inside = "/" + os.path.relpath(folder, root)
        for name in ["."] + sorted(files) + [f for f in folders if os.path.islink(os.path.join(folder, f))]:
            yield os.path.normpath(os.path.join(inside, name))


def image_bytes(root):
    """Twice what the files need, in whole MiB."""
    need = sum(os.lstat(root + path).st_blocks * 512 + BLOCK for path in everything(root))
    return max(LEAST_BYTES, (2 * need + (1 << 20) - 1) >> 20 << 20)


def make(image, root):
    environment = dict(os.environ, E2FSPROGS_FAKE_TIME=str(TIME))
    open(image, "wb").close()
    subprocess.run(
        [tool("mke2fs"), "-q", "-F", "-t", "ext2", "-b", str(BLOCK), "-m", "0", "-L", "chime", "-U", UUID,
         "-E", f"root_owner=0:0,hash_seed={UUID}", "-d", root, image, f"{image_bytes(root) // 1024}k"],
        check=True, env=environment)
    # mke2fs -d keeps the builder's ids and change times.
    fields = (("uid", "0"), ("gid", "0"), ("atime", f"@{TIME}"), ("ctime", f"@{TIME}"))
    script = "".join(f'set_inode_field "{path}" {field} {value}\n'
                     for path in everything(root) for field, value in fields)
    subprocess.run([tool("debugfs"), "-w", "-f", "-", image], input=script, text=True, check=True, env=environment,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main():
    image, programs = sys.argv[1], sys.argv[2:]
    extra = os.environ.get("EXTRA")
    if extra and not os.path.isdir(extra):
        sys.exit(f"EXTRA={extra}: no such directory")
    os.makedirs(os.path.dirname(image), exist_ok=True)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(image)) as work:
        root, new = os.path.join(work, "root"), os.path.join(work, "new.img")
        os.mkdir(root, 0o755)
        os.chmod(root, 0o755)
        stage(root, programs)
        make(new, root)
        os.rename(new, image)


if __name__ == "__main__":
    main()
