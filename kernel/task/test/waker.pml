/* waker.pml - the waker's protocol for spin: one task, two notifiers, two harts that may run it.
 *
 * broken: NO_MARK QUEUED_AT_ONCE SUSPEND_STORES
 *
 * Each arrow of waker.h is one atomic step, as the compare-and-swaps of waker.c make it; what the steps order besides is
 * the interleaving explorer's business (explore_waker.c). Checked:
 *   - the task is in at most one run queue, and on at most one hart;
 *   - when everybody is done, it has run after the last news: no notify is lost (an invalid end state, or the assertion).
 *
 * The broken variants:
 *   NO_MARK          a notify that finds the task running does nothing
 *   QUEUED_AT_ONCE   it queues the task while it runs
 *   SUSPEND_STORES   suspend looks, and stores in another step
 */
mtype = { IDLE, QUEUED, RUNNING, NOTIFIED };

#define NOTIFIERS 2
#define EACH	  2

mtype state = QUEUED;
byte queued = 1;  /* how often it stands in run queues */
byte running = 0; /* on how many harts */
byte news = 0;	  /* written by notifiers before they notify */
byte seen = 0;	  /* what the last step of the task saw */
byte done = 0;	  /* notifiers that have ended */

inline enqueue()
{
	queued++;
	assert(queued == 1)
}

inline notify()
{
	atomic {
		if
		:: state == IDLE -> state = QUEUED; enqueue()
		:: state == RUNNING ->
#ifdef NO_MARK
			skip
#elif defined(QUEUED_AT_ONCE)
			state = QUEUED; enqueue()
#else
			state = NOTIFIED
#endif
		:: else -> skip
		fi
	}
}

proctype notifier()
{
	byte i = 0;

	do
	:: i < EACH ->
		atomic { news++ };
		notify();
		i++
	:: else -> break
	od;
	atomic { done++ }
}

proctype hart()
{
	bool rests;

end:	do
	:: atomic { queued > 0 -> queued-- };
		atomic {
			assert(state == QUEUED);
			state = RUNNING;
			running++;
			assert(running == 1)
		};
		seen = news; /* the step: it looks at what there is */
#ifdef SUSPEND_STORES
		rests = (state == RUNNING);
		atomic {
			running--;
			if
			:: rests -> state = IDLE
			:: else -> state = QUEUED; enqueue()
			fi
		}
#else
		atomic {
			running--;
			if
			:: state == RUNNING -> state = IDLE
			:: else -> assert(state == NOTIFIED); state = QUEUED; enqueue()
			fi
		}
#endif
	od
}

/* Nothing is to be done any more: then everything has been seen. */
proctype judge()
{
	(done == NOTIFIERS && state == IDLE && queued == 0);
	assert(seen == news)
}

init {
	atomic {
		run notifier();
		run notifier();
		run hart();
		run hart();
		run judge()
	}
}
