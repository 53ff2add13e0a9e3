"""size.py KERNEL - `make size`: the kernel's sections in memory, and the lines of each folder."""
import glob
import os
import subprocess
import sys
from collections import Counter


def main():
    cross = os.environ.get("CROSS") or "riscv64-linux-gnu-"
    table = subprocess.run([cross + "size", "-A", "-d", sys.argv[1]], capture_output=True, text=True, check=True).stdout
    print("bytes in memory")
    for line in table.splitlines():
        words = line.split()
        if len(words) == 3 and words[0].startswith(".") and not words[0].startswith((".debug", ".comment", ".riscv")):
            print(f"  {words[0]:20} {int(words[1]):>10,}")
    lines, files = Counter(), Counter()
    for tree in ("kernel", "lib", "user"):
        for path in glob.glob(f"{tree}/**", recursive=True):
            if path.endswith((".c", ".h", ".S")):
                folder = os.path.dirname(path)
                with open(path, errors="replace") as source:
                    lines[folder] += sum(1 for _ in source)
                files[folder] += 1
    print("lines of C and assembly (files)")
    for folder in sorted(lines):
        print(f"  {folder:20} {lines[folder]:>7,} ({files[folder]})")
    core = sum(count for folder, count in lines.items() if folder.startswith("kernel") and "/test" not in folder)
    print(f"  {'the kernel':20} {core:>7,}")


if __name__ == "__main__":
    main()
