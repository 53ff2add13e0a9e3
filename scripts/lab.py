"""lab.py - the labs: their descriptions, and cutting a skeleton out of the tree.

docs/labs/NN-name/lab.ini:

    [lab]
    number = 1
    title = The waker
    hole = kernel/task/waker.c        the files with markers
    host = task/waker task/executor   unit tests that must fail in the skeleton, and pass when the lab is done
    guest = wake-order                guest tests, the same; *: all of them
    hours = 4

In a file of the hole, the text between the markers is the solution. The skeleton keeps the markers and, of what is
between them, only the comments that begin with LAB n; the text of an ELSE comment becomes code.

    /* LAB 1 { */
    /* LAB 1: what to do, for the student. */
    ...                               the solution
    /* LAB 1 ELSE
            return false;
     */
    /* } LAB 1 */
"""
import configparser
import glob
import os
import re
import shutil
import sys
from dataclasses import dataclass

LEFT_OUT = shutil.ignore_patterns("build", ".git", "__pycache__")


@dataclass
class Lab:
    number: int
    title: str
    hole: list
    host: list
    guest: list
    hours: str


def find(root="."):
    """Every lab of the tree, by number."""
    labs = {}
    for path in sorted(glob.glob(os.path.join(root, "docs/labs/*/lab.ini"))):
        text = configparser.ConfigParser()
        text.read(path)
        row = text["lab"]
        lists = [row.get(key, "").split() for key in ("hole", "host", "guest")]
        labs[int(row["number"])] = Lab(int(row["number"]), row["title"], *lists, row.get("hours", "?"))
    return labs


def skeleton_part(body, number):
    """What stays of the text between two markers."""
    kept = []
    for comment in re.finditer(rf"^[ \t]*/\* LAB {number}(:| ELSE\n)(.*?)\*/[ \t]*\n", body, re.M | re.S):
        kept.append(comment[0] if comment[1] == ":" else comment[2].rstrip(" \t"))
    return "".join(kept)


def cut_text(text, number):
    """(TEXT with the solutions of lab NUMBER taken out, how many there were)."""
    part = re.compile(rf"(^[ \t]*/\* LAB {number} {{ \*/[ \t]*\n)(.*?)(^[ \t]*/\* }} LAB {number} \*/)", re.M | re.S)
    return part.subn(lambda match: match[1] + skeleton_part(match[2], number) + match[3], text)


def cut(lab, to):
    """Copy the tree to the directory TO, with the skeleton of LAB. What was built there before stays."""
    os.makedirs(to, exist_ok=True)
    for name in os.listdir(to):
        path = os.path.join(to, name)
        if name != "build":
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
    shutil.copytree(".", to, symlinks=True, ignore=LEFT_OUT, dirs_exist_ok=True)
    for name in lab.hole:
        with open(name) as source:
            text, holes = cut_text(source.read(), lab.number)
        if not holes:
            sys.exit(f"lab {lab.number}: {name} has no markers /* LAB {lab.number} {{ */ ... /* }} LAB {lab.number} */")
        with open(os.path.join(to, name), "w") as skeleton:
            skeleton.write(text)


def listing(labs):
    return "\n".join(["The labs:"] + [f"  make lab N={n}   {lab.title} ({lab.hours} h)" for n, lab in labs.items()])


def chosen(labs, words):
    """The lab that the words ask for, or an end with the list of those there are."""
    if len(words) == 1 and words[0].isdigit() and int(words[0]) in labs:
        return labs[int(words[0])]
    sys.exit(listing(labs) if labs else "There are no labs in this tree.")


def main():
    if not sys.argv[1:]:
        print(listing(find()))
        return
    lab = chosen(find(), sys.argv[1:])
    to = f"build/lab-{lab.number}"
    if os.path.exists(to):
        sys.exit(f"{to} is there already; move it away first, it may hold your work.")
    cut(lab, to)
    print(f"Lab {lab.number}, {lab.title} ({lab.hours} h), is in {to}.")
    print("The hole: " + ", ".join(f"{to}/{name}" for name in lab.hole))
    print(f"Your work is judged by: cd {to} && make grade N={lab.number}")


if __name__ == "__main__":
    main()
