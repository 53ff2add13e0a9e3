/* memory.c - what a step may read, what it writes, and what its hart knows afterwards. The rules are in model.h.
 *
 * Invariant: memory itself always holds the newest value of each location, so plain reads that are ordered after it,
 * and the check at the end, find it there.
 */
#include "kernel/task/test/explore/machine.h"

#include <stdio.h>
#include <string.h>

MODEL_OWN static void view_join(struct view *view, const struct view *other)
{
	for (u32 i = 0; i < machine->location_count; i++)
		if (view->seen[i] < other->seen[i])
			view->seen[i] = other->seen[i];
	for (u32 i = 0; i < MODEL_HARTS; i++)
		if (view->clock[i] < other->clock[i])
			view->clock[i] = other->clock[i];
}

MODEL_OWN static u64 bits_at(const char *p, u32 bytes)
{
	u64 bits = 0;

	copy_unseen(&bits, p, bytes);
	return bits;
}

MODEL_OWN static u64 cut(u64 bits, u32 bytes)
{
	return bytes == 8 ? bits : bits & ((1ul << 8 * bytes) - 1);
}

MODEL_OWN void memory_init(void)
{
	machine->location_count = 0;
	memset(machine->location_of, 0, sizeof(machine->location_of));
}

MODEL_OWN void memory_begin(void)
{
	for (u32 i = 0; i < machine->location_count; i++)
		machine->locations[i].count = 0;
	memset(&machine->fences, 0, sizeof(machine->fences));
	for (u32 i = 0; i < MODEL_HARTS; i++) {
		struct virtual_hart *h = &machine->harts[i];

		memset(&h->view, 0, sizeof(h->view));
		memset(&h->unacquired, 0, sizeof(h->unacquired));
		memset(&h->released, 0, sizeof(h->released));
		h->view.clock[i] = 1;
		h->past = mix(i, 77);
		h->last = NULL;
	}
}

MODEL_OWN static struct location *location_find(const char *p)
{
	u32 slot = (u32)(mix((u64)p, 1) >> 20) % ARRAY_SIZE(machine->location_of);

	for (; machine->location_of[slot]; slot = (slot + 1) % ARRAY_SIZE(machine->location_of))
		if (machine->locations[machine->location_of[slot] - 1].p == p)
			return &machine->locations[machine->location_of[slot] - 1];
	return NULL;
}

MODEL_OWN static struct location *location_new(u32 hart, char *p, u32 bytes)
{
	u32 slot = (u32)(mix((u64)p, 1) >> 20) % ARRAY_SIZE(machine->location_of), index = machine->location_count;

	if (index == LOCATIONS) {
		model_fail("this scenario uses more than %u atomic locations", LOCATIONS);
		return &machine->locations[0];
	}
	while (machine->location_of[slot])
		slot = (slot + 1) % ARRAY_SIZE(machine->location_of);
	machine->location_of[slot] = (u8)++machine->location_count;
	machine->locations[index].p = p;
	machine->locations[index].bytes = bytes;
	machine->locations[index].count = 0;
	machine->locations[index].user = hart;
	machine->locations[index].writer = NOBODY;
	machine->locations[index].tried = false;
	return &machine->locations[index];
}

MODEL_OWN static void append(struct location *l, const struct value *value)
{
	if (l->count == VALUES) {
		model_fail("more than %u values at one location", VALUES);
		return;
	}
	l->values[l->count] = *value;
	l->values[l->count].view.seen[l - machine->locations] = (u8)l->count;
	l->order = mix(l->order, value->past);
	l->count++;
}

/* The location at P for HART, with the value that memory had at the beginning of the schedule. */
MODEL_OWN static struct location *location_at(u32 hart, char *p, u32 bytes)
{
	struct location *l = location_find(p);
	struct value first = { .hart = NOBODY };

	if (!l)
		l = location_new(hart, p, bytes);
	if (l->user != hart && l->user != SEVERAL) {
		l->user = SEVERAL;
		machine->learned = true;
	}
	if (!l->count) {
		l->order = (u64)p;
		first.bits = bits_at(p, l->bytes);
		append(l, &first);
		l->written_plainly = false;
	}
	if (l->written_plainly) {
		l->written_plainly = false;
		l->values[l->count - 1].bits = bits_at(p, l->bytes);
	}
	return l;
}

MODEL_OWN static void learn_writer(u32 hart, struct location *l)
{
	if (l->writer == hart || l->writer == SEVERAL)
		return;
	l->writer = l->writer == NOBODY ? hart : SEVERAL;
	machine->learned = true;
}

MODEL_OWN void memory_plain_write(u32 hart, char *p, u32 bytes)
{
	struct virtual_hart *h = &machine->harts[hart];

	for (u32 i = 0; i < machine->location_count; i++) {
		struct location *l = &machine->locations[i];

		if (l->p + l->bytes <= p || p + bytes <= l->p)
			continue;
		learn_writer(hart, location_at(hart, l->p, l->bytes));
		append(l, &(struct value){ .past = mix(h->past, 5), .hart = hart, .view = h->released });
		h->view.seen[i] = (u8)(l->count - 1); /* its own stores it sees, and a later release passes that on */
		l->written_plainly = true;
	}
}

/* HART reads value INDEX of L. */
MODEL_OWN static u64 read_value(u32 hart, struct location *l, u32 index, u32 order)
{
	struct virtual_hart *h = &machine->harts[hart];
	struct value *value = &l->values[index];
	struct step *step = &machine->steps[machine->step_count - 1];

	race_check(hart, l->p, l->bytes, ATOMIC_READ);
	step->before = value->bits;
	step->newer = l->count - 1 - index;
	step->newer_hart = step->newer ? l->values[index + 1].hart : 0;
	h->view.seen[l - machine->locations] = (u8)index;
	view_join(order & ORDER_ACQUIRE ? &h->view : &h->unacquired, &value->view);
	h->past = mix(h->past, value->past);
	h->last = l;
	h->last_index = index;
	return value->bits;
}

/* HART writes BITS to L. FROM: the value that the same operation read, whose release this one passes on; or NULL. */
MODEL_OWN static void write_value(u32 hart, struct location *l, u64 bits, u32 order, const struct value *from)
{
	struct virtual_hart *h = &machine->harts[hart];
	struct step *step = &machine->steps[machine->step_count - 1];
	struct value value = { .bits = cut(bits, l->bytes), .past = h->past, .hart = hart };

	learn_writer(hart, l);
	race_check(hart, l->p, l->bytes, ATOMIC_WRITE);
	value.view = order & ORDER_RELEASE ? h->view : h->released;
	if (from)
		view_join(&value.view, &from->view);
	append(l, &value);
	h->view.seen[l - machine->locations] = (u8)(l->count - 1);
	copy_unseen(l->p, &value.bits, l->bytes);
	step->after = value.bits;
	step->wrote = true;
}

MODEL_OWN bool op_is_possible(u32 hart, const struct op *op)
{
	struct virtual_hart *h = &machine->harts[hart];

	switch (op->kind) {
	case OP_LOCK:
		return !bits_at(op->p, op->bytes);
	case OP_AWAIT:
		return bits_at(op->p, op->bytes);
	case OP_RELAX:
		return !h->last || h->last_index + 1 < h->last->count;
	default:
		return true;
	}
}

/* A location that nobody else uses, a load of one that nobody else writes, or the end of a critical section: others
 * could only wait for it, so it may as well come at once. */
MODEL_OWN bool op_is_alone(u32 hart, const struct op *op)
{
	const struct location *l = op->p ? location_find(op->p) : NULL;

	if (!l || op->kind == OP_AWAIT)
		return false;
	return l->user == hart || (op->kind == OP_LOAD && (l->writer == hart || l->writer == NOBODY)) ||
	       (op->kind == OP_UNLOCK && !l->tried);
}

/* Where OP reads or writes; NULL: at no location, or it is the first to use it. */
MODEL_OWN static const char *op_place(u32 hart, const struct op *op)
{
	const struct location *last = machine->harts[hart].last;

	return op->kind == OP_RELAX ? last ? last->p : NULL : op->p;
}

MODEL_OWN bool op_meets(u32 hart, const struct op *op, u32 other_hart, const struct op *other)
{
	bool both_fences = op->kind == OP_FENCE && other->kind == OP_FENCE;
	const char *place = op_place(hart, op);

	if (!place || place != op_place(other_hart, other))
		return both_fences;
	return op->kind != OP_LOAD || other->kind != OP_LOAD;
}

MODEL_OWN static void do_load(u32 hart, struct op *op)
{
	struct location *l = location_at(hart, op->p, op->bytes);
	u32 oldest = machine->harts[hart].view.seen[l - machine->locations];
	u32 index = l->count - 1 - choose(l->count - oldest);

	op->result = read_value(hart, l, index, op->order);
}

/* The newest value, except that a compare-and-swap may fail on an older one that is not the expected. */
MODEL_OWN static u32 rmw_reads(u32 hart, const struct op *op, const struct location *l)
{
	u32 oldest = machine->harts[hart].view.seen[l - machine->locations], index = l->count - 1, n = 1, pick;

	if (op->rmw != RMW_CAS)
		return index;
	for (u32 i = oldest; i < index; i++)
		n += l->values[i].bits != op->expected;
	pick = choose(n);
	while (pick)
		pick -= l->values[--index].bits != op->expected;
	return index;
}

MODEL_OWN static void do_rmw(u32 hart, struct op *op)
{
	struct location *l = location_at(hart, op->p, op->bytes);
	u32 index = rmw_reads(hart, op, l);
	struct value *from = &l->values[index];

	op->done = op->rmw != RMW_CAS || (from->bits == op->expected && index == l->count - 1);
	op->result = read_value(hart, l, index, op->order);
	if (op->done)
		write_value(hart, l, rmw_apply(op->rmw, op->result, op->operand), op->order, from);
}

/* A lock, or what an idle hart waits for. */
MODEL_OWN static void do_take(u32 hart, struct op *op)
{
	struct location *l = location_at(hart, op->p, op->bytes);
	u32 index = l->count - 1;

	if (op->kind == OP_TRY_LOCK && !l->tried)
		l->tried = machine->learned = true;
	op->result = read_value(hart, l, index, op->order);
	op->done = op->kind == OP_AWAIT ? !op->operand : !op->result;
	if (op->done)
		write_value(hart, l, op->kind != OP_AWAIT, op->order, &l->values[index]);
}

MODEL_OWN static void do_fence(u32 hart)
{
	struct virtual_hart *h = &machine->harts[hart];

	view_join(&h->view, &h->unacquired);
	/* What others knew at their fences may no longer be missed; that orders no plain accesses. */
	for (u32 i = 0; i < machine->location_count; i++)
		h->view.seen[i] = machine->fences.seen[i] = max(h->view.seen[i], machine->fences.seen[i]);
	h->released = h->view;
	for (u32 i = 0; i < machine->location_count; i++)
		h->past = mix(h->past, h->view.seen[i]);
}

MODEL_OWN static void do_relax(u32 hart)
{
	struct virtual_hart *h = &machine->harts[hart];

	if (!h->last)
		return;
	h->view.seen[h->last - machine->locations] = (u8)(h->last->count - 1);
	h->past = mix(h->past, h->last->values[h->last->count - 1].past);
}

MODEL_OWN void op_do(u32 hart, struct op *op)
{
	struct virtual_hart *h = &machine->harts[hart];
	struct step *step = &machine->steps[machine->step_count++];

	*step = (struct step){ .hart = hart, .kind = op->kind, .site = op->site };
	h->past = mix(h->past, (u64)op->site ^ (u64)op->p << 20);
	switch (op->kind) {
	case OP_LOAD:
		do_load(hart, op);
		break;
	case OP_STORE:
	case OP_UNLOCK:
		write_value(hart, location_at(hart, op->p, op->bytes), op->operand, op->order, NULL);
		break;
	case OP_RMW:
		do_rmw(hart, op);
		break;
	case OP_FENCE:
		do_fence(hart);
		break;
	case OP_RELAX:
		do_relax(hart);
		break;
	default:
		do_take(hart, op);
	}
	h->view.clock[hart]++;
}

/* Two schedules that lead to the same state go on alike. */
MODEL_OWN u64 memory_state(void)
{
	u64 state = 0;

	for (u32 i = 0; machine->scenario->body[i]; i++)
		state += mix(machine->harts[i].past, i + 1000);
	for (u32 i = 0; i < machine->location_count; i++) {
		if (machine->locations[i].count > 1)
			state += mix(machine->locations[i].order, i);
		state += mix(machine->fences.seen[i], i * 100 + 7);
	}
	return state;
}
