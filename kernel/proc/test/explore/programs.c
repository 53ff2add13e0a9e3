/* programs.c - see programs.h: programs, system calls, and what the kernel's own code finds around it. */
#include "kernel/proc/test/explore/programs.h"

#include "kernel/abi/errno.h"
#include "kernel/space/space.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/test/explore/user_words.h"
#include "kernel/task/executor.h"

enum { TIME = 1000 }; /* that CALL_FUTEX waits */

struct thread *threads[THREADS];
struct process *process;
struct seen seen[THREADS];

static const u8 *programs[THREADS];
static struct space space;
static struct spinlock lock = SPINLOCK_INIT(RANK_FILE);
static struct wait_queue flag_raised, page_came;
static bool flag, page; /* guarded by lock */

static u32 index_of(const struct thread *thread)
{
	u32 i = 0;

	while (threads[i] != thread)
		i++;
	return i;
}

/* --- user mode --- */

bool watch_stops;

/* Nobody runs once the parent has been told that all have stopped. */
static void check_not_stopped(void)
{
	spin_lock(&process->lock);
	if (process->stopping && process->stop_told)
		model_fail("it goes to user mode, and the parent has been told that it is stopped");
	spin_unlock(&process->lock);
}

static u64 mask_of(enum instruction instruction)
{
	return instruction == CALL_BLOCK ? UINT64_MAX : 0;
}

/* As the vector does it: what the fast door answers is followed by the next instruction, without a look at work. */
static enum instruction past_fast_door(struct thread *thread, const u8 *program)
{
	u64 *pc = &thread->context.pc;

	while ((program[*pc / 4] == CALL_BLOCK || program[*pc / 4] == CALL_UNBLOCK) &&
	       signal_mask_set_quietly(thread, mask_of(program[*pc / 4])))
		*pc += 4;
	return program[*pc / 4];
}

u64 user_enter(struct user_context *context)
{
	struct thread *thread = container_of(context, struct thread, context);
	u32 i = index_of(thread);
	enum instruction instruction = past_fast_door(thread, programs[i]);
	u64 cause;

	if (watch_stops)
		check_not_stopped();
	if (instruction == FAULT)
		return CAUSE_LOAD_PAGE;
	if (instruction == STAY) {
		seen[i].in_user_mode = true;
		cause = interrupted_user_mode();
		seen[i].in_user_mode = false;
		return cause;
	}
	context->x[X_A7] = instruction;
	return CAUSE_ECALL_USER;
}

/* The handler runs and never returns, but goes on with the program: what it did not let come it does not mend. */
u64 signal_frame_enter(struct thread *thread, const struct signal_taken *taken)
{
	struct seen *s = &seen[index_of(thread)];

	s->handled |= signal_bit((u32)taken->info.signo);
	s->handlers++;
	return 0;
}

/* --- system calls --- */

struct flag_wait {
	struct co co;
};

CO_STEP(flag_wait)
{
	CO_FRAME(flag_wait);
	long err;

	(void)f;
	CO_BEGIN;
	AWAIT_UNTIL(err, &lock, &flag_raised, flag);
	spin_unlock(&lock);
	CO_RETURN(err);
	CO_END;
}

static long call_futex(struct co *co, struct thread *thread)
{
	struct futex_word word = { &space, user_word_address(0), false };

	return futex_wait(co, &word, 0, signal_deadline(thread, clock_now() + TIME), FUTEX_ANY);
}

/* As sys_rt_sigsuspend. */
struct suspend {
	struct co co;
};

CO_STEP(suspend)
{
	CO_FRAME(suspend);
	long err;

	(void)f;
	CO_BEGIN;
	signal_mask_swap(thread_of(co), 0);
	AWAIT(err, CO_CALL(flag_wait, co));
	CO_RETURN(signal_mask_back(thread_of(co), err));
	CO_END;
}

static long call_clone(struct thread *self)
{
	struct thread *thread = thread_new(self->process, false);

	threads[THREADS - 1] = thread;
	thread_machine_home(&thread->task, THREADS - 1);
	if (!thread_start(thread))
		return 0;
	thread_discard(thread);
	return -EINTR;
}

static long call_exit_group(struct thread *thread)
{
	process_kill(thread->process, EXIT_STATUS(index_of(thread)));
	thread_leave(thread);
	return KEEP_REGISTERS;
}

static long call_exit(struct thread *thread)
{
	thread_leave(thread);
	return KEEP_REGISTERS;
}

static long call_mask(struct thread *thread, u64 mask)
{
	signal_mask_set(thread, mask);
	return 0;
}

static long start(struct co *co, struct thread *thread)
{
	switch (thread->context.x[X_A7]) {
	case CALL_WAIT:
		return CO_CALL(flag_wait, co);
	case CALL_FUTEX:
		return call_futex(co, thread);
	case CALL_SUSPEND:
		return CO_CALL(suspend, co);
	case CALL_CLONE:
		return call_clone(thread);
	case CALL_EXEC:
		return threads_end_others(co, thread);
	case CALL_EXIT:
		return call_exit(thread);
	case CALL_EXIT_GROUP:
		return call_exit_group(thread);
	default:
		return call_mask(thread, mask_of(thread->context.x[X_A7]));
	}
}

struct call {
	struct co co;
};

CO_STEP(call)
{
	CO_FRAME(call);
	long result;

	(void)f;
	CO_BEGIN;
	AWAIT(result, start(co, thread_of(co)));
	seen[index_of(thread_of(co))].result = result;
	CO_RETURN(result);
	CO_END;
}

static long syscall(struct co *caller, struct thread *thread)
{
	(void)thread;
	return CO_CALL(call, caller);
}

/* Every call may be made again, if no handler without SA_RESTART ran. */
static u8 call_interrupted(const struct thread *thread)
{
	return thread->context.x[X_A7] == CALL_SUSPEND ? INTERRUPTED_NO_HANDLER : INTERRUPTED_RESTARTS;
}

/* --- faults --- */

struct fault {
	struct co co;
};

CO_STEP(fault)
{
	CO_FRAME(fault);
	long err;

	(void)f;
	CO_BEGIN;
	AWAIT_UNTIL_DISK(err, &lock, &page_came, page);
	spin_unlock(&lock);
	thread_of(co)->context.pc += 4;
	CO_RETURN(err);
	CO_END;
}

long space_fault(struct co *caller, struct space *of, u64 address, u32 access)
{
	(void)of, (void)address, (void)access;
	return CO_CALL(fault, caller);
}

static void raise(bool *what, struct wait_queue *queue)
{
	spin_lock(&lock);
	*what = true;
	wait_wake_all(queue);
	spin_unlock(&lock);
}

void raise_flag(void)
{
	raise(&flag, &flag_raised);
}

void page_arrives(void)
{
	raise(&page, &page_came);
}

/* --- setup and checks --- */

static long no_uintr(struct co *caller, struct thread *thread)
{
	(void)caller, (void)thread;
	return 0;
}

static void no_uintr_end(struct thread *thread)
{
	(void)thread;
}

static struct process *process_make(struct process *parent)
{
	struct process *made = process_new(parent);

	signal_actions_new(made);
	process_enter(made);
	return made;
}

void programs_setup(u32 count, const u8 *const *program)
{
	thread_machine_setup();
	futex_init();
	wait_queue_init(&flag_raised);
	wait_queue_init(&page_came);
	executor_user_suspend = thread_suspended;
	thread_syscall = syscall;
	thread_uintr_deliver = no_uintr;
	thread_uintr_end = no_uintr_end;
	thread_call_interrupted = call_interrupted;
	process = process_make(process_make(NULL));
	process->space = &space;
	for (u32 i = 0; i < THREADS; i++) {
		programs[i] = program[i];
		seen[i].result = NOT_YET;
		host_hart = &harts[i];
		if (i >= count)
			continue;
		threads[i] = thread_new(process, i == 0);
		thread_machine_home(&threads[i]->task, i);
		thread_start(threads[i]);
	}
	host_hart = &harts[0];
	thread_machine_ready();
}

void programs_move(u32 i, u32 home)
{
	thread_machine_home(&threads[i]->task, home);
}

void programs_action(u32 signal, u64 handler, u64 flags)
{
	process->actions[signal - 1] = (struct signal_action){ .handler = handler, .flags = flags };
}

void check_at_rest(u32 i)
{
	struct thread *thread = threads[i];
	bool waits = thread->task.wait.state != WAIT_FIRED;

	MODEL_CHECK(seen[i].in_user_mode || waits, "it is in user mode or waits");
	MODEL_CHECK(!signal_deliverable_locked(thread), "a signal is left that nobody takes");
	MODEL_CHECK(!(thread->work & ~(u32)WORK_UINTR), "work is left that nobody does");
	MODEL_CHECK(thread->task.cancel == CANCEL_NONE, "an interrupt is left that tells of nothing");
}

void check_ended(u32 status, u32 or_status)
{
	MODEL_CHECK(process->state == PROCESS_ZOMBIE, "the process has not ended");
	MODEL_CHECK(processes_ended == 1, "it has ended more than once");
	MODEL_CHECK(process->exit_status == status || process->exit_status == or_status, "its status is one of them");
	MODEL_CHECK(!process->thread_count && list_is_empty(&process->threads), "it has no thread left");
}
