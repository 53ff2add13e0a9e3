"""chime_gdb.py - what gdb cannot know by itself: tasks and their await chains, harts.

    tasks          every task that has suspended, with its frames, outermost first
    chain TASK     one task: an expression of type struct task *
    harts          what each hart runs; its registers: `info threads`, `thread N`

A frame begins with struct co, so its chain needs no stack unwinding; the line is where it awaits.
"""
import gdb

LINE_MASK = 0x3FFFFFFF  # the highest bits tell a tortured wait apart
MOST_FRAMES = 64


def text_of(pointer):
    return pointer.string() if int(pointer) else "-"


def frames(task):
    """The frames of TASK, outermost first."""
    chain, co = [], task["stack"]["leaf"]
    while int(co) and len(chain) < MOST_FRAMES:
        chain.append(co)
        co = co["caller"]
    return reversed(chain)


def print_chain(task):
    for co in frames(task):
        kind = co["type"]
        print(f"    {text_of(kind['name'])}  {text_of(kind['file'])}:{int(co['line']) & LINE_MASK}  frame {int(co):#x}")
    if int(task["wait"]["what"]):
        print(f"      waits for: {text_of(task['wait']['what'])}")


def print_task(task):
    state = int(task["waker"]["state"])
    print(f"{text_of(task['name'])}  (struct task *){int(task):#x}  waker state {state}, hart {int(task['hart'])}")
    print_chain(task)


def list_objects(head, kind, member):
    """The objects of struct KIND whose MEMBER is linked in the list HEAD."""
    struct = gdb.lookup_type("struct " + kind)
    offset = next(field.bitpos // 8 for field in struct.fields() if field.name == member)
    node = head["next"]
    while int(node) != int(head.address):
        yield gdb.Value(int(node) - offset).cast(struct.pointer())
        node = node["next"]


class Tasks(gdb.Command):
    """tasks: every task that has suspended, with its await chain."""

    def __init__(self):
        super().__init__("tasks", gdb.COMMAND_STATUS)

    def invoke(self, _text, _from_tty):
        registries = gdb.parse_and_eval("registries")
        low, high = registries.type.range()
        for index in range(low, high + 1):
            for task in list_objects(registries[index]["tasks"], "task", "registry"):
                print_task(task)


class Chain(gdb.Command):
    """chain TASK: the await chain of one task."""

    def __init__(self):
        super().__init__("chain", gdb.COMMAND_STATUS, gdb.COMPLETE_EXPRESSION)

    def invoke(self, text, _from_tty):
        task = gdb.parse_and_eval(text).cast(gdb.lookup_type("struct task").pointer())
        print_task(task)


class Harts(gdb.Command):
    """harts: what each hart runs."""

    def __init__(self):
        super().__init__("harts", gdb.COMMAND_STATUS)

    def invoke(self, _text, _from_tty):
        for index in range(int(gdb.parse_and_eval("hart_count"))):
            hart = gdb.parse_and_eval(f"harts[{index}]")
            task = hart["task"]
            print(f"hart {index} (firmware's {int(hart['id'])}): "
                  + (text_of(task["name"]) if int(task) else "the event loop")
                  + f", {int(hart['locks_held'])} locks held, {int(hart['interrupts'])} interrupts")


Tasks()
Chain()
Harts()
