/* machine.h - the explorer's own structures. The scenarios see model.h and explore.h alone.
 *
 *     explore.c   which schedule next             (depth first; a state that was met before is not followed again)
 *     harts.c     runs the harts of one schedule  (each on a stack of its own, one step at a time)
 *     memory.c    what a step does and may read   (values, views, orders)
 *     race.c      plain accesses                  (two that are not ordered, one of them a write)
 *     report.c    shows a schedule
 *
 * All that changes lies in *machine, on the heap: the program's own data is put back to what it was before each
 * schedule.
 */
#pragma once

#include "kernel/task/test/explore/explore.h"
#include "kernel/task/test/explore/model.h"
#include "kernel/task/test/explore/raw.h"

#include <setjmp.h>

enum { LOCATIONS = 64, VALUES = 96, STEPS = 600, CHOICES = 2000 };

/* What a hart knows: for each location the oldest value it may still read, and how far it has seen each other hart. */
struct view {
	u8 seen[LOCATIONS];
	u16 clock[MODEL_HARTS];
};

struct value {
	u64 bits;
	u64 past;	  /* stands for the writer's whole past */
	u32 hart;	  /* the writer; MODEL_HARTS: it was there from the beginning */
	struct view view; /* what an acquire that reads it learns */
};

struct location {
	char *p;
	u32 bytes, count;
	bool written_plainly; /* the newest value, whose bits are only in memory yet */
	/* learned from all schedules of the scenario so far: */
	u32 user;   /* the hart that used it; SEVERAL */
	u32 writer; /* the hart that wrote it; SEVERAL, NOBODY */
	bool tried; /* a lock that somebody may find taken, and go on */
	u64 order;  /* stands for the order in which the values came */
	struct value values[VALUES];
};

/* Instead of a hart. */
enum { NOBODY = MODEL_HARTS, SEVERAL };

enum op_kind { OP_LOAD, OP_STORE, OP_RMW, OP_FENCE, OP_LOCK, OP_TRY_LOCK, OP_UNLOCK, OP_AWAIT, OP_RELAX };

struct op {
	enum op_kind kind;
	enum rmw rmw;
	char *p;
	u32 bytes, order; /* order: the site's, unless it is weakened */
	u64 operand, expected;
	const struct site *site;
	u64 result; /* the value from before */
	bool done;  /* OP_TRY_LOCK, RMW_CAS: it succeeded */
};

enum hart_status { HART_READY, HART_ENDED };

struct virtual_hart {
	jmp_buf fresh, resume;
	char *stack;
	enum hart_status status;
	struct op *op; /* the step to come */
	struct view view;
	struct view unacquired; /* what the values read so far would have told an acquire */
	struct view released;	/* the view at the newest full fence: relaxed stores after it carry that */
	u64 past;		/* stands for all it did and read */
	struct location *last;
	u32 last_index; /* the value it read there */
};

/* A step that was made. */
struct step {
	u32 hart;
	enum op_kind kind;
	const struct site *site;
	u64 before, after;
	u32 pick;	/* which of the values it might read; 0: the newest */
	u32 newer;	/* values that were there but not read */
	u32 newer_hart; /* who wrote the next one */
	bool wrote;
};

/* A plain access in a race. */
struct race_side {
	u32 hart, code; /* code: where in the program; 0: a step */
};

/* What a schedule is made of, when it is written down. */
struct step_choice {
	u32 hart, pick;
};

struct machine {
	const struct scenario *scenario;
	bool running; /* a hart runs: accesses are steps */
	u32 current;  /* the hart that runs, or ran last */
	u32 turn;     /* the hart that was chosen last */
	struct virtual_hart harts[MODEL_HARTS];
	jmp_buf scheduler;
	struct location locations[LOCATIONS];
	u32 location_count;
	u8 location_of[256]; /* hash table: index + 1 */
	struct view fences;
	struct step steps[STEPS];
	u32 step_count;
	bool failed;
	bool learned; /* something about a location that the search had relied on */
	char failure[256];
	struct race_side race[2]; /* race[0].code or race[1].code is not 0: the failure is a race */
	/* the schedule: at each point where there was a choice, which was taken, of how many */
	u16 chosen[CHOICES], options[CHOICES];
	u32 depth, prefix;
	/* before each step, harts, a bit each: those that sleep, and those that were followed from there before */
	u8 asleep[STEPS + 1], followed[STEPS + 1];
	u8 asleep_now; /* who sleeps when the step now chosen is made */
	/* or a schedule that was given: of each step the hart and the pick */
	const struct step_choice *given;
	u32 given_count;
	u32 cost, budget; /* preemptions and old values read, so far and at most */
	u32 most;	  /* what the scenario asks for: the largest budget */
	u64 schedules, states, schedules_ever;
	struct weakening weakening;
	struct sites *sites; /* sites.c */
};

extern struct machine *machine;

/* memory.c */
void memory_init(void);	 /* before each scenario */
void memory_begin(void); /* before each schedule */
bool op_is_possible(u32 hart, const struct op *op);
/* Does it make no difference what others do before OP? */
bool op_is_alone(u32 hart, const struct op *op);
/* Can it matter which of them comes first? HART makes OP. */
bool op_meets(u32 hart, const struct op *op, u32 other_hart, const struct op *other);
void op_do(u32 hart, struct op *op);
u64 memory_state(void);
/* A plain write to P, if that is a location: its next value comes from memory. */
void memory_plain_write(u32 hart, char *p, u32 bytes);

/* race.c */
enum access { PLAIN_READ, PLAIN_WRITE, ATOMIC_READ, ATOMIC_WRITE, ACCESS_KINDS };
void race_init(void); /* before setup */
void race_keep(void); /* after setup */
void race_begin(void);
void race_check(u32 hart, const char *p, u64 bytes, enum access access);

/* harts.c */
void harts_init(void);
void harts_begin(void);
/* Let HART run to its next step. */
void hart_go(u32 hart);
bool hart_is_idle(u32 hart);

/* explore.c: one of N, for a load: 0 is the newest value, the others cost. */
u32 choose(u32 n);

/* report.c: the schedule in the machine, a column for each hart. */
void report_schedule(void);

/* sites.c: SITE makes a step. */
void site_seen(const struct site *site);
