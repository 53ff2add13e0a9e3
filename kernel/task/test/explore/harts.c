/* harts.c - the harts of a schedule: each runs on a stack of its own, from one step to the next.
 *
 *     scheduler (explore.c)            hart
 *       hart_go(h)  ---------------->  ... plain code ...  model_load(): leaves its step in h->op
 *       picks a hart, does its step <- step()
 *       hart_go(h)  ---------------->  returns the step's result, goes on
 *
 * A schedule that is given up leaves its stacks as they are: the next one begins them afresh, from `fresh`.
 */
#include "kernel/task/test/explore/machine.h"

#include "kernel/hart/hart.h"
#include "kernel/hart/panic.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

enum { STACK_BYTES = 128 * 1024 };

struct machine *machine;

static ucontext_t starter, started;

/* Give the processor back to the scheduler, until hart_go. */
MODEL_OWN __attribute__((noinline)) static void step(void)
{
	if (!_setjmp(machine->harts[machine->current].resume))
		_longjmp(machine->scheduler, 1);
}

/* The bottom of a hart's stack: left once to harts_init, entered again for each schedule. */
MODEL_OWN static void hart_bottom(void)
{
	if (!_setjmp(machine->harts[machine->current].fresh))
		swapcontext(&started, &starter);
	machine->scenario->body[machine->current]();
	machine->harts[machine->current].status = HART_ENDED;
	step();
}

MODEL_OWN void harts_init(void)
{
	for (u32 i = 0; i < MODEL_HARTS; i++) {
		machine->current = i;
		machine->harts[i].stack = malloc(STACK_BYTES);
		getcontext(&started);
		started.uc_stack.ss_sp = machine->harts[i].stack;
		started.uc_stack.ss_size = STACK_BYTES;
		makecontext(&started, hart_bottom, 0);
		swapcontext(&starter, &started);
	}
}

MODEL_OWN __attribute__((noinline)) void hart_go(u32 hart)
{
	machine->current = hart;
	machine->running = true;
	host_hart = &harts[hart];
	if (!_setjmp(machine->scheduler))
		_longjmp(machine->harts[hart].resume, 1);
	machine->running = false;
}

/* Run each hart to its first step. */
MODEL_OWN void harts_begin(void)
{
	for (u32 i = 0; machine->scenario->body[i] && !machine->failed; i++) {
		machine->harts[i].status = HART_READY;
		machine->harts[i].op = NULL;
		copy_unseen(machine->harts[i].resume, machine->harts[i].fresh, sizeof(jmp_buf));
		hart_go(i);
	}
}

MODEL_OWN bool hart_is_idle(u32 hart)
{
	return machine->harts[hart].status == HART_ENDED || machine->harts[hart].op->kind == OP_AWAIT;
}

/* --- the meaning of lib/order.h --- */

/* Wait for the turn of OP; it has been done when this returns. */
MODEL_OWN static void op_step(struct op *op)
{
	machine->harts[machine->current].op = op;
	op->order = op->site->order;
	if (op->site == machine->weakening.site)
		op->order &= ~machine->weakening.lost;
	site_seen(op->site);
	step();
}

MODEL_OWN static u64 plain_load(const volatile void *p, u32 bytes)
{
	u64 bits = 0;

	copy_unseen(&bits, (const void *)p, bytes);
	return bits;
}

MODEL_OWN u64 model_load(const volatile void *p, u32 bytes, const struct site *site)
{
	struct op op = { .kind = OP_LOAD, .p = (char *)p, .bytes = bytes, .site = site };

	if (!machine->running)
		return plain_load(p, bytes);
	op_step(&op);
	return op.result;
}

MODEL_OWN void model_store(volatile void *p, u32 bytes, u64 value, const struct site *site)
{
	struct op op = { .kind = OP_STORE, .p = (char *)p, .bytes = bytes, .operand = value, .site = site };

	if (machine->running)
		op_step(&op);
	else
		copy_unseen((void *)p, &value, bytes);
}

/* Not in a schedule, or weakened to a load and a store. */
MODEL_OWN static u64 rmw_in_two(volatile void *p, u32 bytes, enum rmw rmw, u64 operand, const struct site *site)
{
	u64 old = model_load(p, bytes, site);

	model_store(p, bytes, rmw_apply(rmw, old, operand), site);
	return old;
}

MODEL_OWN static bool is_torn(const struct site *site)
{
	return !machine->running || (site == machine->weakening.site && machine->weakening.lost & ORDER_ATOMIC);
}

MODEL_OWN u64 model_rmw(volatile void *p, u32 bytes, enum rmw rmw, u64 operand, const struct site *site)
{
	struct op op = { .kind = OP_RMW, .rmw = rmw, .p = (char *)p, .bytes = bytes, .operand = operand, .site = site };

	if (is_torn(site))
		return rmw_in_two(p, bytes, rmw, operand, site);
	op_step(&op);
	return op.result;
}

MODEL_OWN bool model_cas(volatile void *p, u32 bytes, u64 *expected, u64 desired, const struct site *site)
{
	struct op op = { .kind = OP_RMW,
			 .rmw = RMW_CAS,
			 .p = (char *)p,
			 .bytes = bytes,
			 .operand = desired,
			 .expected = *expected,
			 .site = site };

	if (is_torn(site)) {
		op.result = model_load(p, bytes, site);
		op.done = op.result == *expected;
		if (op.done)
			model_store(p, bytes, desired, site);
	} else {
		op_step(&op);
	}
	*expected = op.result;
	return op.done;
}

MODEL_OWN void model_fence(const struct site *site)
{
	struct op op = { .kind = OP_FENCE, .site = site };

	if (machine->running && !(site == machine->weakening.site && machine->weakening.lost & ORDER_FENCE))
		op_step(&op);
}

MODEL_OWN void model_relax(const struct site *site)
{
	struct op op = { .kind = OP_RELAX, .site = site };

	if (machine->running)
		op_step(&op);
}

MODEL_OWN void model_lock(u32 *held, const struct site *site)
{
	struct op op = { .kind = OP_LOCK, .p = (char *)held, .bytes = sizeof(*held), .site = site };

	if (machine->running)
		op_step(&op);
}

MODEL_OWN bool model_try_lock(u32 *held, const struct site *site)
{
	struct op op = { .kind = OP_TRY_LOCK, .p = (char *)held, .bytes = sizeof(*held), .site = site };

	if (!machine->running)
		return true;
	op_step(&op);
	return op.done;
}

MODEL_OWN void model_unlock(u32 *held, const struct site *site)
{
	struct op op = { .kind = OP_UNLOCK, .p = (char *)held, .bytes = sizeof(*held), .site = site };

	if (machine->running)
		op_step(&op);
}

MODEL_OWN u64 model_await(volatile void *p, u32 bytes, bool keep, const struct site *site)
{
	struct op op = { .kind = OP_AWAIT, .p = (char *)p, .bytes = bytes, .site = site, .operand = keep };

	op_step(&op);
	return op.result;
}

MODEL_OWN void model_fail(const char *format, ...)
{
	va_list args;

	if (!machine->failed) {
		machine->failed = true;
		va_start(args, format);
		vsnprintf(machine->failure, sizeof(machine->failure), format, args);
		va_end(args);
	}
	if (machine->running)
		step();
}

/* --- what kernel code finds around it --- */

struct hart harts[MAX_HARTS];
u32 hart_count = 2;
__thread struct hart *host_hart;

MODEL_OWN void panic(const char *format, ...)
{
	char text[200];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	model_fail("panic: %s", text);
	abort(); /* outside a schedule */
}
