"""draw_figures.py - Chime beside Linux, in instructions, as bars: some rows of the table that bench.py prints.

    draw(figures)     FIGURES: {name: (Chime, Linux)}
"""
from draw import Picture

SHOWN = (  # row of bench.py, what it is called here
    ("getppid", "null system call"), ("pread4k_cached_ext2", "pread 4 KiB, cached"),
    ("uring_read4k_cached_ext2_qd32", "ring read 4 KiB, cached, 32 at a time"),
    ("uring_nop_batch128", "ring NOP, 128 at a time"), ("chime_completion_to_handler", "completion to user handler"),
    ("pagefault_touch", "page fault, a new page"), ("futex_pingpong_thread", "futex ping-pong, two threads"),
    ("pipe_pingpong_proc", "pipe ping-pong, two processes"), ("pthread_create_join", "pthread_create and join"),
    ("fork_exec_wait", "fork, exec, wait"),
)
LEFT, WIDE, TOP, STEP = 250, 430, 92, 40


def draw(figures):
    rows = [(title, *figures[name]) for name, title in SHOWN if name in figures and figures[name][1]]
    picture = Picture(LEFT + WIDE + 110, TOP + STEP * len(rows) + 12, "Instructions per operation")
    picture.text(16, 28, "Instructions per operation", kind="big")
    picture.text(16, 48, "QEMU, one hart; each pair of bars has a scale of its own", "soft")
    picture.bar(16, 62, 12, 12, "blue")
    picture.text(34, 72, "Chime")
    picture.bar(90, 62, 12, 12, "grey")
    picture.text(108, 72, "Linux 6.12")
    for i, (title, chime, linux) in enumerate(rows):
        y, most = TOP + STEP * i, max(chime, linux)
        picture.text(LEFT - 12, y + 18, title, "ink", "end")
        for at, value, colour in ((0, chime, "blue"), (15, linux, "grey")):
            picture.bar(LEFT, y + at, WIDE * value / most, 12, colour)
            picture.text(LEFT + WIDE * value / most + 8, y + at + 10, f"{value:,.0f}", "ink", kind="mono")
    return picture
