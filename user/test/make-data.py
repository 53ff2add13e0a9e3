#!/usr/bin/env python3
"""make-data.py DIRECTORY - write the files that the guest tests read (see data.h, which has the same sizes and bytes).

The same directory comes out each time. Holes are made by seeking, so that mke2fs -d sees them.
"""
import os
import sys

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
PAGE = 4096

DATA_BYTES = MIB
LARGE_BYTES = 6 * MIB + 123
MAPPED_BYTES = 5000
HUGE_BYTES = 4 * GIB + 8 * MIB
MANY_ENTRIES = 1000
DEEP_LEVELS = 40
CHAIN_LINKS = 45
LONG_NAME = 255
HELLO_TEXT = b"Hello from the disk.\n"

LARGE_EXTENTS = [
    (0, 64 * KIB),
    (MIB, 8 * KIB),
    (4 * MIB + 40 * KIB, 16 * KIB),
    (5 * MIB + 100, 100 * KIB),
    (LARGE_BYTES - 200, 200),
]

MODIFIED = 1700000000  # seconds; every file's time

SEED_DATA, SEED_LARGE, SEED_MAPPED, SEED_HUGE = 1, 2, 3, 4


def pattern(seed, offset, count):
    """COUNT bytes of the pattern at OFFSET: data_byte() of data.h."""
    return bytes((i * 31 + (i >> 12) * 7 + (i >> 20) * 13 + seed) & 0xFF for i in range(offset, offset + count))


def write_file(path, content, mode=0o644):
    with open(path, "wb") as file:
        file.write(content)
    os.chmod(path, mode)


def write_sparse(path, seed, size, extents):
    with open(path, "wb") as file:
        file.truncate(size)
        for offset, count in extents:
            file.seek(offset)
            file.write(pattern(seed, offset, count))
    os.chmod(path, 0o644)


def make_files(root):
    write_file(f"{root}/hello", HELLO_TEXT)
    write_file(f"{root}/empty", b"")
    write_file(f"{root}/data", pattern(SEED_DATA, 0, DATA_BYTES))
    write_file(f"{root}/mapped", pattern(SEED_MAPPED, 0, MAPPED_BYTES))
    write_file(f"{root}/script", b"no interpreter line\n", 0o755)
    write_file(f"{root}/noexec", b"#!/bin/sh\n", 0o644)
    write_file(f"{root}/{'n' * LONG_NAME}", b"long name\n")
    write_sparse(f"{root}/large", SEED_LARGE, LARGE_BYTES, LARGE_EXTENTS)
    write_sparse(f"{root}/huge", SEED_HUGE, HUGE_BYTES, [(0, PAGE), (HUGE_BYTES - PAGE, PAGE)])
    os.link(f"{root}/hello", f"{root}/hello-again")


def make_directories(root):
    os.mkdir(f"{root}/void")
    os.mkdir(f"{root}/many")
    for i in range(MANY_ENTRIES):
        name = f"entry-{i:04}"
        write_file(f"{root}/many/{name}", name.encode() if i % 100 == 0 else b"")
    path = f"{root}/deep"
    os.mkdir(path)
    for _ in range(DEEP_LEVELS):
        path += "/d"
        os.mkdir(path)
    write_file(f"{path}/leaf", b"leaf\n")


def make_links(root):
    links = {
        "link-rel": "hello",
        "link-up": "deep/../hello",
        "link-dir": "deep",
        "link-root": "/",
        "link-null": "/dev/null",
        "link-dangling": "nowhere",
        "link-self": "link-self",
        "link-a": "link-b",
        "link-b": "link-a",
        # ext2 keeps targets below 60 bytes in the inode itself, longer ones in a block.
        "link-59": "./" * 27 + "hello",
        "link-60": "./" * 27 + "/hello",
        "link-long": "./" * 200 + "hello",
        "chain-0": "hello",
    }
    for i in range(1, CHAIN_LINKS):
        links[f"chain-{i}"] = f"chain-{i - 1}"
    for name, target in links.items():
        os.symlink(target, f"{root}/{name}")


def set_times(root):
    for directory, _, names in os.walk(root, topdown=False):
        for name in names:
            os.utime(f"{directory}/{name}", (MODIFIED, MODIFIED), follow_symlinks=False)
        os.utime(directory, (MODIFIED, MODIFIED))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = sys.argv[1]
    os.umask(0o022)
    os.makedirs(root)
    make_files(root)
    make_directories(root)
    make_links(root)
    set_times(root)


if __name__ == "__main__":
    main()
