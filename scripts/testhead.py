"""testhead.py - what the head comment of a test program says about it.

     * links: lib/rbtree.c kernel/mm/slab.c    sources that are compiled with it
     * flags: -DFRAMES=3                       more for the compiler
     * variants: plain torture                 the builds to judge (both when the line is missing)
     * sanitize: no                            without ASan and UBSan
     * oracle: user | native | none            guest tests: where else the same program must pass (qemu-riscv64, or
                                               compiled with its `links:` for the host)
     * machines: smp>=2 aia crowd              guest tests: the machines it is meant for, crowded ones included
     * boot: ramdisk=4M                        guest tests: words for the kernel; the test gets a boot of its own
     * fuse: 200                               unit tests, oracle: seconds until it counts as hung (else 60)

A line may stand more than once: the words add up. "@pages" stands for the words of that name in testsets.ini.
"""
import configparser
import os
import re

KEYS = ("links", "flags", "variants", "sanitize", "oracle", "machines", "boot", "fuse")
LINE = re.compile(r"^ \*\s+(\w+):\s*(.*?)\s*(\*/)?$")


def read_sets():
    """key -> name -> text."""
    sets = configparser.ConfigParser(comment_prefixes="#")
    with open(os.path.join(os.path.dirname(__file__), "testsets.ini")) as file:
        sets.read_file(file)
    return {key: dict(sets[key]) for key in sets.sections()}


SETS = read_sets()


def expand(key, text):
    """TEXT with the names of sets replaced by their words, each word once."""
    words = []
    for word in text.split():
        words += expand(key, SETS[key][word[1:]]).split() if word.startswith("@") else [word]
    return " ".join(dict.fromkeys(words) if key == "links" else words)


def read(path):
    """The words of each key, as one text."""
    head = {key: "" for key in KEYS}
    with open(path, errors="replace") as source:
        for line in source:
            match = LINE.match(line.rstrip())
            if match and match[1] in head:
                head[match[1]] = (head[match[1]] + " " + match[2]).strip()
            if "*/" in line:
                break
    return {key: expand(key, text) for key, text in head.items()}
