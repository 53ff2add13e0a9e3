"""format.py - `make format`: lay out every C file with clang-format. --check only says which differ."""
import glob
import subprocess
import sys


def files():
    return sorted(path for tree in ("kernel", "lib", "user") for kind in "ch"
                  for path in glob.glob(f"{tree}/**/*.{kind}", recursive=True))


def main():
    words = ["--dry-run", "-Werror"] if "--check" in sys.argv[1:] else ["-i"]
    sys.exit(subprocess.run(["clang-format", *words, *files()]).returncode)


if __name__ == "__main__":
    main()
