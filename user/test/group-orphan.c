/* group-orphan.c - orphaned process groups: stopped ones are told (SIGHUP, SIGCONT) when they become orphans, and what
 * a terminal stops its users with does not stop an orphan.
 *
 *     we, subreaper     session of the leader:  leader (its group) -- head -- member (group of the head)
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/byte.h"
#include "user/test/check.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* One byte for each signal that somebody has handled; one for each who is ready for them. */
static int events[2], ready[2];

static void tell(int signal)
{
	byte_send(events[1], (char)signal);
}

static int event(void)
{
	char byte = 0;

	REQUIRE(byte_receive(events[0], &byte));
	REQUIRE(byte); /* 0: somebody could not be started */
	return byte;
}

static void wait_ready(void)
{
	char byte;

	REQUIRE(byte_receive(ready[0], &byte));
}

/* Runs until it is killed, telling what happens to it. */
static void live(void)
{
	signal(SIGHUP, tell);
	signal(SIGCONT, tell);
	signal(SIGUSR1, tell);
	byte_send(ready[1], 0);
	for (;;)
		pause();
}

static void wait_stopped(pid_t pid)
{
	int status;

	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
}

/* A child in GROUP, 0: one of its own. */
static pid_t start(pid_t group, void (*life)(void))
{
	pid_t pid = fork();

	if (pid < 0)
		tell(0);
	REQUIRE_OK(pid);
	if (!pid) {
		setpgid(0, group);
		life();
		_exit(0);
	}
	setpgid(pid, group ? group : pid);
	return pid;
}

/* The child of a leader stops, and the leader ends. */
static void lead_and_leave(void)
{
	pid_t head;

	setsid();
	head = start(0, live);
	wait_ready();
	kill(head, SIGSTOP);
	wait_stopped(head);
}

static void have_member(void)
{
	pid_t member = start(getpgrp(), live);

	wait_ready();
	kill(member, SIGSTOP);
	wait_stopped(member);
}

/* The one that ties its group to the session ends: its child, which is stopped, is an orphan. The leader stays. */
static void lead_and_stay(void)
{
	pid_t head;

	setsid();
	head = start(0, have_member);
	CHECK_EQ(waitpid(head, NULL, 0), head);
	for (;;)
		pause();
}

/* Nothing happens to a group that is orphaned while nobody in it is stopped, nor to one that is not orphaned. */
static void lead_and_leave_running(void)
{
	setsid();
	start(0, live);
	wait_ready();
}

static void stop_of_terminal(void)
{
	pid_t head;

	setsid();
	head = start(0, live);
	wait_ready();
	kill(head, SIGTSTP);
	wait_stopped(head);
	kill(head, SIGCONT);
	CHECK_EQ(event(), SIGCONT);
	kill(head, SIGKILL);
	CHECK_EQ(waitpid(head, NULL, 0), head);
}

static pid_t lead(void (*life)(void))
{
	pid_t pid = (pid_t)REQUIRE_OK(fork());

	if (!pid) {
		life();
		_exit(checks_failed);
	}
	return pid;
}

static pid_t leader_ended(void (*life)(void))
{
	int status = -1;
	pid_t pid = lead(life);

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	return pid;
}

/* The group of what the leader PID has left: the last number that answers. The one before may be of a parent of the
 * orphan's that has ended and has not been waited for yet. */
static pid_t orphan_of(pid_t leader)
{
	pid_t orphan = 0;

	for (pid_t pid = leader + 1; pid < leader + 1000; pid++)
		if (getsid(pid) == leader)
			orphan = pid;
	REQUIRE(orphan);
	return orphan;
}

static void check_orphan(pid_t orphan)
{
	int status;

	/* a terminal's stop does not stop it: it goes on to the next signal */
	CHECK_OK(kill(orphan, SIGTSTP));
	CHECK_OK(kill(orphan, SIGTTIN));
	CHECK_OK(kill(orphan, SIGUSR1));
	CHECK_EQ(event(), SIGUSR1);
	CHECK_EQ(waitpid(orphan, &status, WUNTRACED | WNOHANG), 0);
	/* this one does */
	CHECK_OK(kill(orphan, SIGSTOP));
	wait_stopped(orphan);
	CHECK_OK(kill(orphan, SIGKILL));
	CHECK_EQ(waitpid(orphan, &status, 0), orphan);
}

int main(void)
{
	pid_t leader;
	int first, second;

	REQUIRE_OK(pipe2(events, O_CLOEXEC));
	REQUIRE_OK(pipe2(ready, O_CLOEXEC));
	REQUIRE_OK(prctl(PR_SET_CHILD_SUBREAPER, 1));

	leader = leader_ended(lead_and_leave);
	first = event();
	second = event();
	CHECK_EQ(first + second, SIGHUP + SIGCONT);
	check_orphan(orphan_of(leader));

	leader = lead(lead_and_stay);
	first = event();
	second = event();
	CHECK_EQ(first + second, SIGHUP + SIGCONT);
	check_orphan(orphan_of(leader));
	CHECK_OK(kill(leader, SIGKILL));
	CHECK_EQ(waitpid(leader, NULL, 0), leader);

	leader = leader_ended(lead_and_leave_running);
	check_orphan(orphan_of(leader));

	leader_ended(stop_of_terminal);
	return check_done();
}
