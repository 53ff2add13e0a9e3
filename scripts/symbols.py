"""symbols.py - from `nm -n` of the kernel to the symbol table that its backtraces read.

In:  lines "address type name", sorted by address.
Out: assembly with kernel_symbols (u32 offset from _start, u32 offset into the names; sorted), kernel_symbol_count (u64)
and kernel_symbol_names (zero-terminated texts). --empty: the same without a row, for the first link.
"""
import sys


def functions(lines):
    """(address, name) of every function; of several names for one address the first global one."""
    seen, is_global = {}, {}
    for line in lines:
        parts = line.split()
        if len(parts) != 3 or parts[1] not in "tTwW" or parts[2].startswith((".L", "$")):
            continue
        address = int(parts[0], 16)
        if address not in seen or parts[1] == "T" and not is_global[address]:
            seen[address], is_global[address] = parts[2], parts[1] == "T"
    return sorted(seen.items())


def read_table():
    table = functions(sys.stdin)
    starts = [address for address, name in table if name == "_start"]
    if not starts:
        sys.exit("symbols.py: the kernel has no _start")
    return [(address - starts[0], name) for address, name in table if address >= starts[0]]


def main():
    table = [] if "--empty" in sys.argv[1:] else read_table()
    print('\t.section .kernel_symbols, "a"\n\t.balign 8')
    print("\t.globl kernel_symbol_count, kernel_symbols, kernel_symbol_names")
    print(f"kernel_symbol_count:\n\t.quad {len(table)}\nkernel_symbols:")
    name_offset = 0
    for offset, name in table:
        print(f"\t.word {offset:#x}, {name_offset}")
        name_offset += len(name) + 1
    print("kernel_symbol_names:")
    for _, name in table:
        print(f'\t.asciz "{name}"')


if __name__ == "__main__":
    main()
