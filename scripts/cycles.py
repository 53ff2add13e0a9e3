"""cycles.py - no cycles of includes: between headers anywhere, and between the folders of the kernel as far as their
headers go. Between the storeys of the kernel (STOREYS) no file at all includes upwards: what a lower one needs of a
higher one it declares itself, and is answered (kernel/fs/caller.h). user/ sees of the kernel only kernel/abi."""
import glob
import os
import re
import sys

# From the ground up. Those on the ground floor lean on each other: a page that is not there is awaited, a task's memory
# is pages, a mapping's pages are a file's.
STOREYS = ("hart irq mm task trace dev fs", "proc", "uintr", "ring", "sys")
STOREY = {f"kernel/{folder}": height for height, row in enumerate(STOREYS) for folder in row.split()}
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


def folders(graph):
    """The same graph between folders, and for each edge one file that makes it."""
    edges, why = {}, {}
    for path, used in graph.items():
        for other in used:
            here, there = os.path.dirname(path), os.path.dirname(other)
            if here != there and there.startswith("kernel"):
                edges.setdefault(here, []).append(there)
                why.setdefault((here, there), f"{path} includes {other}")
    return edges, why


def upwards(graph):
    """A line for each file of the kernel that includes what is above it."""
    return [f"{path} includes {other}, which is above it" for path, used in graph.items() for other in used
            if STOREY.get(os.path.dirname(path), len(STOREYS)) < STOREY.get(os.path.dirname(other), 0)]


def main():
    faults = upwards(includes(("kernel",), "ch"))
    headers = includes(("kernel", "lib", "user"), "h")
    cycle = find_cycle(headers)
    if cycle:
        faults.append("headers include each other: " + " -> ".join(cycle))
    edges, why = folders({path: used for path, used in headers.items() if path.startswith("kernel/")})
    cycle = find_cycle(edges)
    if cycle:
        faults.append("folders need each other: " + " -> ".join(cycle))
        faults += ["    " + why[pair] for pair in zip(cycle, cycle[1:])]
    for path, used in includes(("user",), "chS").items():
        faults += [f"{path} includes {other}: user/ sees only kernel/abi" for other in used
                   if other.startswith("kernel/") and not other.startswith("kernel/abi/")]
    print("\n".join(faults), end="\n" if faults else "")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
