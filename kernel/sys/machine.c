/* machine.c - what programs ask of the machine's harts: barriers, instructions that they have written, and what the
 * harts can do. */
#include "kernel/abi/errno.h"
#include "kernel/hart/clock.h"
#include "kernel/hart/sbi.h"
#include "kernel/space/pagetable.h"
#include "kernel/space/user.h"
#include "kernel/proc/process.h"
#include "kernel/sys/sys.h"
#include "kernel/task/task.h"

/* --- membarrier ---
 *
 * A task goes from hart to hart. Where it runs, whatever thread was there has come back from user mode, and a fence
 * lies between what it did before and what it will do. Nobody spins: the caller waits until the task has been
 * everywhere. */

enum {
	MEMBARRIER_QUERY = 0,
	MEMBARRIER_GLOBAL = 1 << 0,
	MEMBARRIER_GLOBAL_EXPEDITED = 1 << 1,
	MEMBARRIER_REGISTER_GLOBAL_EXPEDITED = 1 << 2,
	MEMBARRIER_PRIVATE_EXPEDITED = 1 << 3,
	MEMBARRIER_REGISTER_PRIVATE_EXPEDITED = 1 << 4,
	MEMBARRIER_PRIVATE_EXPEDITED_SYNC_CORE = 1 << 5,
	MEMBARRIER_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE = 1 << 6,
	MEMBARRIER_ALL = (1 << 7) - 1,
	MEMBARRIER_REGISTERS = MEMBARRIER_REGISTER_GLOBAL_EXPEDITED | MEMBARRIER_REGISTER_PRIVATE_EXPEDITED |
			       MEMBARRIER_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE,
};

struct barrier_tour {
	struct co co;
	struct membarrier_call *call;
	u64 left; /* harts */
};

struct membarrier_call {
	struct co co;
	u64 harts;
};

CO_STEP(barrier_tour)
{
	CO_FRAME(barrier_tour);
	struct task *task = task_of(co);
	long err;

	CO_BEGIN;
	for (f->left = f->call->harts; f->left; f->left &= f->left - 1) {
		task_pin(task, (u32)__builtin_ctzl(f->left));
		AWAIT(err, task_yield(co));
		fence_full();
		fence_code();
	}
	co_wake(&f->call->co, 0);
	(void)err;
	CO_RETURN(0);
	CO_END;
}

static long barrier_tour(struct co *caller, void *call)
{
	return CO_CALL(barrier_tour, caller, .call = call);
}

/* Start the tour: CO_PENDING, or -ENOMEM. */
static long tour_start(struct membarrier_call *call)
{
	co_park(&call->co);
	return task_spawn("membarrier", PRIORITY_SERVICE, barrier_tour, call) ? -ENOMEM : CO_PENDING;
}

CO_STEP(membarrier_call)
{
	CO_FRAME(membarrier_call);
	long err;

	CO_BEGIN;
	AWAIT(err, tour_start(f));
	CO_RETURN(err);
	CO_END;
}

static long barrier(struct co *caller, u64 harts)
{
	/* store (the caller's), fence, load (who is active); partner: space_activate enters, fence, and the thread goes
	 * to user mode */
	fence_full();
	fence_code();
	harts &= hart_mask() & ~BIT(hart()->index);
	return harts ? CO_CALL(membarrier_call, caller, .harts = harts) : 0;
}

long sys_membarrier(struct co *caller, const u64 *args)
{
	struct space *space = process_of(caller)->space;
	u32 command = (u32)args[0];

	if (args[1] & UINT32_MAX)
		return -EINVAL;
	if (command == MEMBARRIER_QUERY)
		return MEMBARRIER_ALL;
	if (command & (command - 1) || command & ~(u32)MEMBARRIER_ALL)
		return -EINVAL;
	if (command & MEMBARRIER_REGISTERS) {
		atomic_or(&space->barriers, command >> 1);
		return 0;
	}
	if (command == MEMBARRIER_GLOBAL || command == MEMBARRIER_GLOBAL_EXPEDITED)
		return barrier(caller, UINT64_MAX);
	if (!(load_relaxed(&space->barriers) & command))
		return -EPERM;
	return barrier(caller, load_relaxed(&space->active));
}

/* --- instructions --- */

enum { FLUSH_ICACHE_LOCAL = 1 };

long sys_riscv_flush_icache(struct co *caller, const u64 *args)
{
	struct space *space = process_of(caller)->space;

	if (args[2] & ~(u64)FLUSH_ICACHE_LOCAL)
		return -EINVAL;
	/* the thread itself may move on to another hart at any time, so what is local is for all, too */
	spin_lock(&space->lock);
	tlb_code_changed(space);
	spin_unlock(&space->lock);
	return 0;
}

/* --- what harts can do --- */

struct hwprobe_pair {
	s64 key;
	u64 value;
};

enum { HWPROBE_VENDOR, HWPROBE_ARCHITECTURE, HWPROBE_IMPLEMENTATION, HWPROBE_BASE, HWPROBE_IMA_EXTENSIONS };
enum { HWPROBE_PERFORMANCE = 5, HWPROBE_HIGHEST_ADDRESS = 7, HWPROBE_TIME_FREQUENCY = 8, HWPROBE_MISALIGNED = 9 };
enum { HWPROBE_BASE_IMA = 1, HWPROBE_IMA_FD = 1, HWPROBE_IMA_C = 2, HWPROBE_MISALIGNED_UNKNOWN = 0 };
enum { SBI_BASE_VENDOR = 4 }; /* and the two after it */
enum { HWPROBE_PAIRS_MAX = 256 };

static u64 firmware_tells(u32 what)
{
	return (u64)sbi_call(SBI_BASE, SBI_BASE_VENDOR + what, 0, 0, 0, 0, 0).value;
}

static void hwprobe_fill(struct hwprobe_pair *pair)
{
	pair->value = 0;
	switch (pair->key) {
	case HWPROBE_VENDOR:
	case HWPROBE_ARCHITECTURE:
	case HWPROBE_IMPLEMENTATION:
		pair->value = firmware_tells((u32)pair->key);
		break;
	case HWPROBE_BASE:
		pair->value = HWPROBE_BASE_IMA;
		break;
	case HWPROBE_IMA_EXTENSIONS:
		pair->value = HWPROBE_IMA_FD | HWPROBE_IMA_C;
		break;
	case HWPROBE_PERFORMANCE:
	case HWPROBE_MISALIGNED:
		pair->value = HWPROBE_MISALIGNED_UNKNOWN; /* it depends on the hardware, and nobody has measured */
		break;
	case HWPROBE_HIGHEST_ADDRESS:
		pair->value = USER_MAX - 1;
		break;
	case HWPROBE_TIME_FREQUENCY:
		pair->value = 1000000000 / clock_tick_ns;
		break;
	default:
		pair->key = -1;
	}
}

struct hwprobe_call {
	struct co co;
	u64 address, count, harts_at, harts_bytes;
	u64 harts;
	struct hwprobe_pair pair;
};

CO_STEP(hwprobe_call)
{
	CO_FRAME(hwprobe_call);
	long err;

	CO_BEGIN;
	f->harts = hart_mask();
	if (f->harts_bytes)
		AWAIT(err,
		      user_read(co, user_space_of(co), &f->harts, f->harts_at, min(f->harts_bytes, sizeof(f->harts))));
	else
		err = f->harts_at ? -EINVAL : 0;
	if (!err && !(f->harts & hart_mask()))
		err = -EINVAL;
	for (; !err && f->count; f->count--, f->address += sizeof(f->pair)) {
		AWAIT(err, user_read(co, user_space_of(co), &f->pair, f->address, sizeof(f->pair)));
		if (err)
			break;
		hwprobe_fill(&f->pair);
		AWAIT(err, user_write(co, user_space_of(co), f->address, &f->pair, sizeof(f->pair)));
	}
	CO_RETURN(err);
	CO_END;
}

long sys_riscv_hwprobe(struct co *caller, const u64 *args)
{
	if (args[4] || args[1] > HWPROBE_PAIRS_MAX)
		return -EINVAL;
	return CO_CALL(hwprobe_call, caller, .address = args[0], .count = args[1], .harts_bytes = args[2],
		       .harts_at = args[3]);
}
