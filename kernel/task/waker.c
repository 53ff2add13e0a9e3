/* waker.c - the waker's transitions, each one atomic step, and illegal ones are our own broken invariant. */
#include "kernel/task/waker.h"

#include "kernel/hart/panic.h"
#include "lib/order.h"

static const char *const names[] = {
	[WAKER_IDLE] = "idle",	       [WAKER_QUEUED] = "queued", [WAKER_RUNNING] = "running",
	[WAKER_NOTIFIED] = "notified", [WAKER_DONE] = "done",
};

const char *waker_state_name(u32 state)
{
	return state < ARRAY_SIZE(names) ? names[state] : "broken";
}

/* LAB 1 { */
/* LAB 1: the drawing in waker.h. No wake-up is lost and no task is queued twice, on any number of harts; and a caller
 * that breaks the rules is told so. */
void waker_init(struct waker *waker)
{
	store_relaxed(&waker->state, WAKER_QUEUED);
}

bool waker_notify(struct waker *waker)
{
	u32 state = load_relaxed(&waker->state), next;

	do {
		switch (state) {
		case WAKER_IDLE:
			next = WAKER_QUEUED;
			break;
		case WAKER_RUNNING:
			next = WAKER_NOTIFIED;
			break;
		case WAKER_QUEUED:
		case WAKER_NOTIFIED:
			/* The step to come must see what we did before this call. Writing the same value again is
			 * that release; it pairs with the acquire in waker_run or waker_suspend. */
			next = state;
			break;
		default:
			return false; /* done: nobody is left to wake */
		}
	} while (!atomic_cas(&waker->state, &state, next));
	return state == WAKER_IDLE;
}

void waker_run(struct waker *waker)
{
	/* acquire: pairs with the notify that queued the task */
	u32 state = atomic_exchange(&waker->state, WAKER_RUNNING);

	ASSERT(state == WAKER_QUEUED);
}

bool waker_suspend(struct waker *waker)
{
	u32 state = WAKER_RUNNING;

	/* release: the hart that runs the next step sees all of this one */
	if (atomic_cas(&waker->state, &state, WAKER_IDLE))
		return true;
	ASSERT(state == WAKER_NOTIFIED);
	/* An exchange, not a store: a notify that comes now writes NOTIFIED again, and its release must go on from here
	 * to the next waker_run. */
	atomic_exchange(&waker->state, WAKER_QUEUED);
	return false;
}

void waker_finish(struct waker *waker)
{
	u32 state = atomic_exchange(&waker->state, WAKER_DONE);

	ASSERT(state == WAKER_RUNNING || state == WAKER_NOTIFIED);
}

bool waker_inspect(struct waker *waker)
{
	u32 state = WAKER_IDLE;

	return atomic_cas(&waker->state, &state, WAKER_RUNNING);
}
/* LAB 1 ELSE
// What everybody writes first. It works as long as one hart does everything. Replace all of it.
void waker_init(struct waker *waker)
{
	store_relaxed(&waker->state, WAKER_QUEUED);
}

bool waker_notify(struct waker *waker)
{
	u32 state = load_relaxed(&waker->state);

	if (state == WAKER_QUEUED || state == WAKER_DONE)
		return false;
	store_relaxed(&waker->state, WAKER_QUEUED);
	return true;
}

void waker_run(struct waker *waker)
{
	store_relaxed(&waker->state, WAKER_RUNNING);
}

bool waker_suspend(struct waker *waker)
{
	if (load_relaxed(&waker->state) == WAKER_RUNNING)
		store_relaxed(&waker->state, WAKER_IDLE);
	return true;
}

void waker_finish(struct waker *waker)
{
	store_relaxed(&waker->state, WAKER_DONE);
}

bool waker_inspect(struct waker *waker)
{
	if (load_relaxed(&waker->state) != WAKER_IDLE)
		return false;
	store_relaxed(&waker->state, WAKER_RUNNING);
	return true;
}
 */
/* } LAB 1 */
