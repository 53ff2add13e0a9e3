"""cycles.py - no cycles of includes: between headers anywhere, and between the folders of the kernel. Each of those is
a storey, and no file includes upwards: what a lower one needs of a higher one it declares itself, and is answered
(kernel/fs/caller.h). user/ sees of the kernel only kernel/abi."""
import glob
import os
import re
import sys

# From the ground up.
STOREYS = "hart mm trace irq task cache space dev fs map proc uintr ring sys".split()
STOREY = {f"kernel/{folder}": height for height, folder in enumerate(STOREYS)}
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)


def includes(trees, kinds):
    """file -> the files it includes."""
    graph = {}
    paths = [path for tree in trees for kind in kinds for path in glob.glob(f"{tree}/**/*.{kind}", recursive=True)]
    for path in sorted(paths):
        with open(path, errors="replace") as source:
            graph[path] = INCLUDE.findall(source.read())
    return graph


def find_cycle(graph):
    """One cycle of GRAPH as a list of nodes, or None."""
    state, stack = {}, []

    def visit(node):
        state[node] = "open"
        stack.append(node)
        for after in graph.get(node, ()):
            if state.get(after) == "open":
                return stack[stack.index(after):] + [after]
            if after not in state:
                found = visit(after)
                if found:
                    return found
        state[node] = "closed"
        stack.pop()
        return None

    for node in graph:
        if node not in state:
            found = visit(node)
            if found:
                return found
    return None


def upwards(graph):
    """A line for each file of the kernel that includes what is above it."""
    return [f"{path} includes {other}, which is above it" for path, used in graph.items() for other in used
            if STOREY.get(os.path.dirname(path), len(STOREYS)) < STOREY.get(os.path.dirname(other), 0)]


def main():
    faults = upwards(includes(("kernel",), "ch"))
    faults += [f"{folder} is no storey (scripts/cycles.py)" for folder in sorted(glob.glob("kernel/*"))
               if glob.glob(folder + "/*.c") and folder not in STOREY]
    headers = includes(("kernel", "lib", "user"), "h")
    cycle = find_cycle(headers)
    if cycle:
        faults.append("headers include each other: " + " -> ".join(cycle))
    for path, used in includes(("user",), "chS").items():
        faults += [f"{path} includes {other}: user/ sees only kernel/abi" for other in used
                   if other.startswith("kernel/") and not other.startswith("kernel/abi/")]
    print("\n".join(faults), end="\n" if faults else "")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
