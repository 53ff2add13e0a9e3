/* cred-exec.c - programs that act for their owner: set-user-id and set-group-id bits at exec, what the program is told
 * of that, saved numbers, no_new_privs, a shared working directory, scripts; and who loses the bits, by what.
 *
 * The program that is run is a copy of this one; what it finds goes to a pipe.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { USER = 1000, GROUP = 2000, OWNER = 1500, OWNERS = 2500 };

static char top[64], program[96];
static int found[2];

/* What a program is. */
struct identity {
	uid_t uids[3];
	gid_t gids[3];
	unsigned long secure, euid, egid, uid, gid;
	int dumpable, death_signal;
};

static struct identity identity_now(void)
{
	struct identity now = { .dumpable = prctl(PR_GET_DUMPABLE) };

	getresuid(&now.uids[0], &now.uids[1], &now.uids[2]);
	getresgid(&now.gids[0], &now.gids[1], &now.gids[2]);
	now.secure = getauxval(AT_SECURE);
	now.euid = getauxval(AT_EUID);
	now.egid = getauxval(AT_EGID);
	now.uid = getauxval(AT_UID);
	now.gid = getauxval(AT_GID);
	prctl(PR_GET_PDEATHSIG, &now.death_signal);
	return now;
}

static void become(uid_t user, gid_t group)
{
	REQUIRE_OK(setgroups(0, NULL));
	REQUIRE_OK(setresgid(group, group, group));
	REQUIRE_OK(setresuid(user, user, user));
}

static void plain(void)
{
}

static void no_new_privs(void)
{
	CHECK_OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	CHECK_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
	CHECK_ERRNO(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
}

/* Run PATH as USER, once PREPARE has been called: what it was. */
static struct identity run(const char *path, mode_t mode, void (*prepare)(void))
{
	struct identity identity = { .dumpable = -1 };
	char *const argv[] = { "program", NULL };
	int status = -1;
	pid_t pid;

	CHECK_OK(chmod(program, mode));
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		become(USER, GROUP);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		prepare();
		dup2(found[1], 20);
		execv(path, argv);
		_exit(9);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	if (CHECK_EQ(status, 0))
		REQUIRE_EQ(read(found[0], &identity, sizeof(identity)), sizeof(identity));
	return identity;
}

static void check_is(struct identity is, uid_t user, gid_t group, const char *what)
{
	bool secure = user != USER || group != GROUP;
	unsigned failed = checks_failed;

	CHECK_EQ(is.uids[0], USER);
	CHECK_EQ(is.uids[1], user);
	CHECK_EQ(is.uids[2], user);
	CHECK_EQ(is.gids[0], GROUP);
	CHECK_EQ(is.gids[1], group);
	CHECK_EQ(is.gids[2], group);
	CHECK_EQ(is.uid, USER);
	CHECK_EQ(is.gid, GROUP);
	CHECK_EQ(is.euid, user);
	CHECK_EQ(is.egid, group);
	CHECK_EQ(is.secure, secure);
	CHECK_EQ(is.dumpable, !secure);
	CHECK_EQ(is.death_signal, secure ? 0 : SIGTERM);
	if (checks_failed != failed)
		check_note("%s", what);
}

static void check_exec(void)
{
	char script[96];
	int fd;

	check_is(run(program, 0755, plain), USER, GROUP, "no bits");
	check_is(run(program, 04755, plain), OWNER, GROUP, "set-user-id");
	check_is(run(program, 02755, plain), USER, OWNERS, "set-group-id");
	check_is(run(program, 06755, plain), OWNER, OWNERS, "both");
	check_is(run(program, 02745, plain), USER, GROUP, "set-group-id without x for the group");
	check_is(run(program, 06755, no_new_privs), USER, GROUP, "no_new_privs");
	/* who cannot read it has it run, but not looked into */
	CHECK_EQ(run(program, 0711, plain).dumpable, 0);

	/* a script's bits mean nothing, its reader's do */
	snprintf(script, sizeof(script), "%s/script", top);
	fd = (int)REQUIRE_OK(open(script, O_CREAT | O_WRONLY, 0755));
	CHECK(dprintf(fd, "#!%s\n", program) > 0);
	CHECK_OK(fchown(fd, 77, 77));
	CHECK_OK(fchmod(fd, 06755));
	close(fd);
	check_is(run(script, 0755, plain), USER, GROUP, "script");
	check_is(run(script, 04755, plain), OWNER, GROUP, "script's reader");
	CHECK_OK(unlink(script));
}

/* Who shares the working directory with a program could lead it astray: no rights for it. */
static void check_shared(void)
{
	struct identity is;
	int status = -1;
	pid_t pid, inner;

	CHECK_OK(chmod(program, 06755));
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		become(USER, GROUP);
		inner = (pid_t)syscall(SYS_clone, SIGCHLD | CLONE_FS, NULL, NULL, NULL, NULL);
		if (!inner) {
			dup2(found[1], 20);
			execl(program, program, NULL);
			_exit(9);
		}
		waitpid(inner, &status, 0);
		_exit(status != 0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	REQUIRE_EQ(status, 0);
	REQUIRE_EQ(read(found[0], &is, sizeof(is)), sizeof(is));
	CHECK_EQ(is.uids[1], USER);
	CHECK_EQ(is.gids[1], GROUP);
}

/* --- who loses the bits --- */

static mode_t mode_of(const char *name)
{
	struct stat stat_now = { 0 };

	CHECK_OK(stat(name, &stat_now));
	return stat_now.st_mode & 07777;
}

static void as(uid_t user, gid_t group, void (*act)(const char *), const char *name)
{
	int status = -1;
	pid_t pid = (pid_t)REQUIRE_OK(fork());

	if (!pid) {
		if (user)
			become(user, group);
		act(name);
		_exit(checks_failed != 0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

static void write_to(const char *name)
{
	int fd = (int)REQUIRE_OK(open(name, O_WRONLY));

	CHECK_EQ(write(fd, "x", 1), 1);
	close(fd);
}

static void cut(const char *name)
{
	CHECK_OK(truncate(name, 0));
}

static void open_cut(const char *name)
{
	close((int)CHECK_OK(open(name, O_WRONLY | O_TRUNC)));
}

static void chown_same(const char *name)
{
	CHECK_OK(chown(name, -1, -1));
}

static void chmod_group(const char *name)
{
	CHECK_OK(chmod(name, 02755));
}

static void make_file(const char *name)
{
	close((int)CHECK_OK(open(name, O_CREAT | O_EXCL | O_WRONLY, 02775)));
}

static void try(const char *name, mode_t mode, uid_t user, gid_t group, void (*act)(const char *), mode_t left)
{
	close((int)REQUIRE_OK(open(name, O_CREAT | O_EXCL | O_WRONLY, 0600)));
	CHECK_OK(chown(name, USER, OWNERS));
	CHECK_OK(chmod(name, mode));
	as(user, group, act, name);
	if (!CHECK_EQ(mode_of(name), left))
		check_note("mode %o, user %u", mode, user);
	CHECK_OK(unlink(name));
}

static void check_lost(void)
{
	void (*const acts[])(const char *) = { write_to, cut, open_cut };

	for (size_t i = 0; i < ARRAY_SIZE(acts); i++) {
		try("file", 06777, USER, GROUP, acts[i], 0777);
		try("file", 06767, USER, GROUP, acts[i], 0767); /* no group of ours */
		try("file", 06767, USER, OWNERS, acts[i], 02767);
		try("file", 06777, 0, 0, acts[i], 06777);
	}
	try("file", 06777, 0, 0, chown_same, 0777);
	try("file", 06767, 0, 0, chown_same, 02767);
	try("file", 0755, USER, GROUP, chmod_group, 0755);
	try("file", 0755, USER, OWNERS, chmod_group, 02755);
	try("file", 0755, 0, 0, chmod_group, 02755);

	/* in a directory that gives its group away */
	umask(0);
	CHECK_OK(mkdir("dir", 0777));
	CHECK_OK(chown("dir", 0, OWNERS));
	CHECK_OK(chmod("dir", 02777));
	as(USER, GROUP, make_file, "dir/foreign");
	CHECK_EQ(mode_of("dir/foreign"), 0775);
	as(USER, OWNERS, make_file, "dir/own");
	CHECK_EQ(mode_of("dir/own"), 02775);
	CHECK_OK(unlink("dir/foreign"));
	CHECK_OK(unlink("dir/own"));
	CHECK_OK(rmdir("dir"));
}

/* Whoever becomes somebody else is not looked into any more. */
static void change_user(const char *unused)
{
	int signal = -1;

	(void)unused;
	CHECK_OK(prctl(PR_SET_PDEATHSIG, SIGTERM));
	CHECK_EQ(prctl(PR_GET_DUMPABLE), 1);
	CHECK_OK(setresuid(-1, -1, -1));
	CHECK_EQ(prctl(PR_GET_DUMPABLE), 1);
	CHECK_OK(setresuid(USER, USER, USER));
	CHECK_EQ(prctl(PR_GET_DUMPABLE), 0);
	CHECK_OK(prctl(PR_GET_PDEATHSIG, &signal));
	CHECK_EQ(signal, 0);
}

static void copy_self(void)
{
	static char piece[65536];
	int from = (int)REQUIRE_OK(open("/proc/self/exe", O_RDONLY)), to;
	ssize_t got;

	snprintf(program, sizeof(program), "%s/program", top);
	to = (int)REQUIRE_OK(open(program, O_CREAT | O_WRONLY, 0755));
	while ((got = read(from, piece, sizeof(piece))) > 0)
		REQUIRE_EQ(write(to, piece, (size_t)got), got);
	close(from);
	REQUIRE_OK(fchown(to, OWNER, OWNERS));
	close(to);
}

int main(void)
{
	struct identity now = identity_now();

	if (fcntl(20, F_GETFD) >= 0)
		return write(20, &now, sizeof(now)) != sizeof(now);
	if (geteuid())
		return check_skip("for root");
	signal(SIGPIPE, SIG_DFL);
	REQUIRE_OK(pipe2(found, O_CLOEXEC));
	snprintf(top, sizeof(top), "/tmp/cred-exec-%d", (int)getpid());
	REQUIRE_OK(mkdir(top, 0755));
	REQUIRE_OK(chdir(top));
	copy_self();
	check_exec();
	check_shared();
	check_lost();
	as(0, 0, change_user, NULL);
	CHECK_OK(unlink(program));
	CHECK_OK(chdir("/"));
	CHECK_OK(rmdir(top));
	return check_done();
}
