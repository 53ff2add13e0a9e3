/* uintr-lives.c - receivers come and go under a storm of interrupts: more processes than interrupt files, each of which
 * hears what is sent to it, and nothing that was meant for who was there before, until it exits, executes another
 * program, is killed, forks, takes a signal, or unregisters.
 *
 *     senders, threads of this process          seats, processes on the first two harts
 *       register a window for who sits there      a vector of its own for each life; heard 3 times: the end
 *       send, send, ...
 *
 * machines: aia h crowd
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/lib/uintr.h"

#include "user/test/check.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SEATS = 7, SENDERS = 2, LIVES = 24, ENOUGH = 3 };
enum end { EXIT, EXEC, KILLED_WAITING, KILLED_SPINNING, SIGNALLED, FORKS, ENDS };

static struct seat {
	u32 life;  /* number of the one who sits there; 0: nobody yet. Stored when fd is there */
	int fd;	   /* of the descriptor that posts to it */
	u32 heard; /* interrupts */
	u32 kill;  /* it is to be killed */
} * seats;	   /* shared by all processes */

static u32 foreign; /* vectors that were not for who got them: in a receiver */
static u32 over;    /* senders shall end */

/* --- a receiver --- */

static struct seat *my_seat;
static u32 my_vector;
static volatile u32 signals;

static void on_interrupt(u64 vectors)
{
	foreign += (vectors & ~BIT(my_vector)) != 0;
	store_release(&my_seat->heard, my_seat->heard + 1);
}

static void on_signal(int number)
{
	signals += number == SIGUSR1;
}

static void wait_heard(u32 count)
{
	while (load_acquire(&my_seat->heard) < count) {
		uintr_clui();
		if (load_acquire(&my_seat->heard) < count)
			uintr_wait();
		uintr_stui();
	}
}

static void go_to(long hart)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned)hart, &set);
	REQUIRE_OK(sched_setaffinity(0, sizeof(set), &set));
}

/* A child that has no handler; interrupts come to its parent meanwhile. */
static void fork_once(void)
{
	u32 before = load_acquire(&my_seat->heard);
	pid_t pid = (pid_t)REQUIRE_OK(fork());

	if (!pid)
		_exit(0);
	wait_heard(before + 1);
	while (waitpid(pid, NULL, 0) < 0)
		;
}

static void end_as(enum end end)
{
	char *arguments[] = { "uintr-lives", "end", NULL };

	switch (end) {
	case EXEC:
		execv("/test/uintr-lives", arguments);
		break;
	case KILLED_WAITING:
		store_release(&my_seat->kill, 1u);
		for (;;)
			uintr_wait();
	case KILLED_SPINNING:
		store_release(&my_seat->kill, 1u);
		for (;;)
			;
	case SIGNALLED:
		signal(SIGUSR1, on_signal);
		raise(SIGUSR1);
		REQUIRE(!uintr_unregister_handler());
		foreign += signals != 1;
		break;
	case FORKS:
		fork_once();
		break;
	default:
		break;
	}
}

static void live(struct seat *seat, u32 life)
{
	my_seat = seat;
	my_vector = life % 61 + 1;
	go_to((long)life % (sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 2 : 1));
	REQUIRE(!uintr_register_handler(on_interrupt, UINTR_DIRECT));
	REQUIRE(uintr_is_direct());
	seat->fd = (int)REQUIRE_OK(uintr_create_fd(my_vector));
	store_release(&seat->life, life);
	wait_heard(ENOUGH);
	end_as(life % ENDS);
	_exit(foreign ? 1 : 0);
}

/* --- senders --- */

static void *sender(void *unused)
{
	u32 known[SEATS] = { 0 }, life;
	int index[SEATS];

	for (; !load_acquire(&over); usleep(50))
		for (u32 i = 0; i < SEATS; i++) {
			life = load_acquire(&seats[i].life);
			if (life != known[i]) {
				if (known[i])
					uintr_unregister_sender(index[i]);
				index[i] = uintr_register_sender(seats[i].fd);
				known[i] = index[i] < 0 ? 0 : life; /* gone again: its descriptor is closed */
			}
			if (known[i])
				senduipi(index[i]);
		}
	for (u32 i = 0; i < SEATS; i++)
		if (known[i])
			uintr_unregister_sender(index[i]);
	return unused;
}

/* --- the seats --- */

/* The child shares our descriptors, so that we can send to it. */
static pid_t seat_fill(struct seat *seat, u32 life)
{
	pid_t pid;

	if (seat->life) {
		close(seat->fd);
		store_release(&seat->life, 0u);
	}
	seat->kill = seat->heard = 0;
	pid = (pid_t)REQUIRE_OK(syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0));
	if (!pid)
		live(seat, life);
	return pid;
}

static bool ended_well(u32 life, int status)
{
	switch (life % ENDS) {
	case KILLED_WAITING:
	case KILLED_SPINNING:
		return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	default:
		return WIFEXITED(status) && !WEXITSTATUS(status);
	}
}

/* True: who sat there has ended as it should have. */
static bool seat_ended(struct seat *seat, pid_t pid, u32 life)
{
	int status;

	if (load_acquire(&seat->kill))
		CHECK_OK(kill(pid, SIGKILL));
	if (waitpid(pid, &status, WNOHANG) != pid)
		return false;
	if (!CHECK(ended_well(life, status)))
		check_note("life %u, status %x", life, status);
	return true;
}

int main(int argc, char **argv)
{
	pid_t pids[SEATS];
	u32 lives[SEATS], next = 1;
	pthread_t threads[SENDERS];

	(void)argv;
	if (argc > 1)
		return 0; /* a receiver's other program */
	seats = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(seats != MAP_FAILED);
	for (int i = 0; i < SENDERS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, sender, NULL));
	for (u32 i = 0; i < SEATS; i++)
		pids[i] = seat_fill(&seats[i], lives[i] = next++);
	for (u32 ended = 0; ended < LIVES; usleep(500))
		for (u32 i = 0; i < SEATS; i++) {
			if (!pids[i] || !seat_ended(&seats[i], pids[i], lives[i]))
				continue;
			pids[i] = 0;
			ended++;
			if (next <= LIVES)
				pids[i] = seat_fill(&seats[i], lives[i] = next++);
		}
	store_release(&over, 1u);
	for (int i = 0; i < SENDERS; i++)
		pthread_join(threads[i], NULL);
	for (u32 i = 0; i < SEATS; i++)
		close(seats[i].fd);
	return check_done();
}
