/* proc-files.c - /proc/<pid> as programs like ps read it: states, names, signals, threads, links.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEXT_BYTES = 8192, FIELDS = 52 };
#define EXEC_WORD "--was-run-by-its-link"

static char text[TEXT_BYTES];

static const char *text_of(const char *path)
{
	int fd = (int)REQUIRE_OK(open(path, O_RDONLY));
	ssize_t got = REQUIRE_OK(read(fd, text, sizeof(text) - 1));

	text[got] = 0;
	close(fd);
	return text;
}

/* Field NUMBER (from 3 on) of a process' stat; *COUNT fields there are. */
static long stat_field(pid_t pid, int number, int *count)
{
	char path[64], *at;
	long value = 0;
	int i = 2;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	text_of(path);
	at = strrchr(text, ')') + 1;
	for (char *word = strtok(at, " \n"); word; word = strtok(NULL, " \n"))
		if (++i == number)
			value = number == 3 ? word[0] : strtol(word, NULL, 10);
	if (count)
		*count = i;
	return value;
}

static const char *status_line(pid_t pid, const char *name)
{
	char path[64], *at;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	text_of(path);
	at = strstr(text, name);
	if (!CHECK(at))
		check_note("%s is missing", name);
	return at ? at + strlen(name) : "";
}

static unsigned long status_set(const char *name)
{
	return strtoul(status_line(getpid(), name), NULL, 16);
}

/* Until PID is in that state: it gets there by itself. */
static void wait_state(pid_t pid, char letter)
{
	while (stat_field(pid, 3, NULL) != letter)
		usleep(1000);
	CHECK_EQ(status_line(pid, "State:\t")[0], letter);
}

static void check_states(void)
{
	int pair[2];
	pid_t pid;
	char byte;

	REQUIRE_OK(pipe(pair));
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		close(pair[1]);
		(void)!read(pair[0], &byte, 1);
		_exit(0);
	}
	setpgid(pid, pid);
	wait_state(pid, 'S');
	CHECK_EQ(stat_field(pid, 4, NULL), getpid());
	CHECK_EQ(stat_field(pid, 5, NULL), pid);
	CHECK_EQ(stat_field(pid, 6, NULL), getsid(0));
	CHECK_OK(kill(pid, SIGSTOP));
	wait_state(pid, 'T');
	CHECK_OK(kill(pid, SIGCONT));
	wait_state(pid, 'S');
	close(pair[1]);
	wait_state(pid, 'Z');
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	close(pair[0]);
	CHECK_EQ(access("/proc/self/stat", R_OK), 0);
}

static void check_numbers(void)
{
	int count;

	CHECK_EQ(stat_field(getpid(), 3, &count), 'R');
	CHECK_EQ(count, FIELDS);
	CHECK_EQ(stat_field(getpid(), 4, NULL), getppid());
	CHECK_EQ(stat_field(getpid(), 19, NULL), 0);
	CHECK_EQ(stat_field(getpid(), 20, NULL), 1);
	CHECK(stat_field(getpid(), 23, NULL) > stat_field(getpid(), 24, NULL) * 4096);
	CHECK(stat_field(getpid(), 24, NULL) > 5);
	CHECK_EQ(strtol(status_line(getpid(), "\nPid:\t"), NULL, 10), getpid());
	CHECK_EQ(strtol(status_line(getpid(), "\nUid:\t"), NULL, 10), getuid());
	CHECK_EQ(strtol(status_line(getpid(), "\nGid:\t"), NULL, 10), getgid());
	CHECK_EQ(strtol(status_line(getpid(), "Threads:\t"), NULL, 10), 1);
	umask(027);
	CHECK_EQ(strtol(status_line(getpid(), "Umask:\t"), NULL, 8), 027);
	umask(022);
	CHECK(strtol(status_line(getpid(), "VmRSS:\t"), NULL, 10) > 20);
	CHECK(strtol(text_of("/proc/self/statm"), NULL, 10) > 5);
	CHECK_EQ(strcmp(text_of("/proc/self/cmdline") + strlen(text) - 10, "proc-files"), 0);
}

static void nothing(int signal)
{
	(void)signal;
}

static void check_signals(void)
{
	unsigned long usr1 = 1ul << (SIGUSR1 - 1), usr2 = 1ul << (SIGUSR2 - 1), winch = 1ul << (SIGWINCH - 1);
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
	signal(SIGUSR1, nothing);
	signal(SIGUSR2, nothing);
	signal(SIGWINCH, SIG_IGN);
	CHECK_OK(kill(getpid(), SIGUSR1));
	CHECK_OK(syscall(SYS_tgkill, getpid(), getpid(), SIGUSR2));
	CHECK_EQ(status_set("SigBlk:\t"), usr1 | usr2);
	CHECK_EQ(status_set("ShdPnd:\t"), usr1);
	CHECK_EQ(status_set("SigPnd:\t"), usr2);
	CHECK_EQ(status_set("SigIgn:\t") & winch, winch);
	CHECK_EQ(status_set("SigCgt:\t") & (usr1 | usr2 | winch), usr1 | usr2);
	CHECK_OK(sigprocmask(SIG_UNBLOCK, &set, NULL));
	CHECK_EQ(status_set("ShdPnd:\t"), 0);
	signal(SIGWINCH, SIG_DFL);
}

/* --- threads --- */

static int gate[2];

static void *thread_main(void *argument)
{
	char path[64], name[16];

	(void)argument;
	CHECK_OK(prctl(PR_SET_NAME, "a-thread-with-a-long-name"));
	snprintf(path, sizeof(path), "/proc/self/task/%ld/comm", syscall(SYS_gettid));
	CHECK_EQ(strcmp(text_of(path), "a-thread-with-a\n"), 0);
	CHECK_EQ(strcmp(text_of("/proc/thread-self/comm"), "a-thread-with-a\n"), 0);
	CHECK_OK(prctl(PR_GET_NAME, name));
	CHECK_EQ(strcmp(name, "a-thread-with-a"), 0);
	CHECK_EQ(strcmp(text_of("/proc/self/comm"), "first\n"), 0);
	(void)!read(gate[0], name, 1);
	return NULL;
}

static int entries_of(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	int count = 0;

	REQUIRE(folder);
	while ((entry = readdir(folder)))
		count += entry->d_name[0] != '.';
	closedir(folder);
	return count;
}

static void check_threads(void)
{
	pthread_t thread;

	REQUIRE_OK(pipe(gate));
	CHECK_OK(prctl(PR_SET_NAME, "first"));
	REQUIRE_EQ(pthread_create(&thread, NULL, thread_main, NULL), 0);
	while (entries_of("/proc/self/task") != 2)
		;
	close(gate[1]);
	pthread_join(thread, NULL);
	close(gate[0]);
	while (entries_of("/proc/self/task") != 1)
		;
	CHECK_EQ(strncmp(status_line(getpid(), "Name:\t"), "first\n", 6), 0);
}

/* --- who keeps a file open --- */

static ssize_t text_at(int fd, off_t at, size_t most)
{
	ssize_t got = pread(fd, text, most, at);

	text[got > 0 ? got : 0] = 0;
	return got;
}

/* A read from the begin says how things stand now; one further on goes on with what it has begun to read. */
static void check_again(void)
{
	int fd;

	CHECK_OK(prctl(PR_SET_NAME, "before"));
	fd = (int)REQUIRE_OK(open("/proc/self/comm", O_RDONLY));
	CHECK_EQ(text_at(fd, 0, 64), 7);
	CHECK_EQ(strcmp(text, "before\n"), 0);
	CHECK_OK(prctl(PR_SET_NAME, "behind"));
	CHECK_EQ(text_at(fd, 0, 64), 7);
	CHECK_EQ(strcmp(text, "behind\n"), 0);
	CHECK_EQ(read(fd, text, 3), 3);
	CHECK_OK(prctl(PR_SET_NAME, "at last"));
	CHECK_EQ(read(fd, text, 64), 4);
	CHECK_EQ(memcmp(text, "ind\n", 4), 0);
	CHECK_EQ(read(fd, text, 64), 0);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQ(read(fd, text, 64), 8);
	CHECK_EQ(memcmp(text, "at last\n", 8), 0);
	close(fd);
}

/* --- links --- */

static void check_link(const char *path, const char *leads_to)
{
	char link[512];
	ssize_t length = CHECK_OK(readlink(path, link, sizeof(link) - 1));

	if (length < 0)
		return;
	link[length] = 0;
	if (!CHECK_EQ(strcmp(link, leads_to), 0))
		check_note("%s leads to %s, not to %s", path, link, leads_to);
}

static void check_links(const char *self)
{
	char path[64], program[512], link[64];
	struct stat a, b;
	int fd, other, pair[2], before = entries_of("/proc/self/fd");

	REQUIRE(realpath(self, program));
	check_link("/proc/self/exe", program);
	check_link("/proc/self/root", "/");
	CHECK_OK(chdir("/tmp"));
	check_link("/proc/self/cwd", "/tmp");
	CHECK_EQ(readlink("/proc/self/cwd", link, 2), 2);
	fd = (int)REQUIRE_OK(open("proc-files.a", O_RDWR | O_CREAT, 0600));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	check_link(path, "/tmp/proc-files.a");
	CHECK_EQ(entries_of("/proc/self/fd"), before + 1);
	CHECK_OK(rename("proc-files.a", "proc-files.b"));
	check_link(path, "/tmp/proc-files.b");
	other = (int)REQUIRE_OK(open(path, O_RDONLY));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", other);
	check_link(path, "/tmp/proc-files.b");
	close(other);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK_OK(unlink("proc-files.b"));
	CHECK(readlink(path, program, sizeof(program)) > 8);
	CHECK(memmem(program, 40, "(deleted)", 9));
	other = (int)REQUIRE_OK(open(path, O_RDONLY)); /* the link leads to the file, not along its name */
	CHECK_OK(fstat(fd, &a));
	CHECK_OK(fstat(other, &b));
	CHECK_EQ(a.st_ino, b.st_ino);
	close(other);
	close(fd);
	CHECK_ERRNO(readlink(path, link, sizeof(link)), ENOENT);
	REQUIRE_OK(pipe(pair));
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), pair[0]);
	CHECK(readlink(path, link, sizeof(link)) > 6 && !memcmp(link, "pipe:[", 6));
	CHECK_OK(stat("/proc/self/fd", &a));
	CHECK_EQ(a.st_mode, S_IFDIR | 0500);
	CHECK_EQ(a.st_uid, geteuid());
	close(pair[0]);
	close(pair[1]);
}

/* Who runs a program by such a link has one with a name. */
static void check_exec(const char *self)
{
	char program[512];
	int status = -1;
	pid_t pid;

	REQUIRE(realpath(self, program));
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		execl("/proc/self/exe", "proc-files", EXEC_WORD, program, NULL);
		_exit(100);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
#if defined(__riscv)
	check_link("/proc/1/fd/0", "/dev/console");
#endif
}

/* --- the machine --- */

static void check_machine(void)
{
	struct utsname name;
	double up, idle, load[3];
	int running, all, newest;

	CHECK_OK(uname(&name));
	text_of("/proc/sys/kernel/osrelease");
	CHECK_EQ(strncmp(text, name.release, strlen(name.release)), 0);
	text_of("/proc/sys/kernel/hostname");
	CHECK_EQ(strncmp(text, name.nodename, strlen(name.nodename)), 0);
	CHECK(strtol(text_of("/proc/sys/kernel/pid_max"), NULL, 10) >= 32768);
	CHECK(strtol(text_of("/proc/sys/vm/overcommit_memory"), NULL, 10) < 3);
	CHECK_EQ(sscanf(text_of("/proc/uptime"), "%lf %lf", &up, &idle), 2);
	CHECK_EQ(sscanf(text_of("/proc/loadavg"), "%lf %lf %lf %d/%d %d", load, load + 1, load + 2, &running, &all,
			&newest),
		 6);
	CHECK(running >= 1 && all > 1 && newest > 1);
	CHECK_EQ(strncmp(text_of("/proc/stat"), "cpu  ", 5), 0);
	CHECK_EQ(strncmp(text_of("/proc/meminfo"), "MemTotal: ", 10), 0);
	CHECK_EQ(strncmp(text_of("/proc/version"), "Linux version ", 14), 0);
	CHECK_ERRNO(open("/proc/sys/kernel/nothing", O_RDONLY), ENOENT);
	CHECK_ERRNO(open("/proc/0", O_RDONLY), ENOENT);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], EXEC_WORD)) {
		check_link("/proc/self/exe", argv[2]);
		return check_done();
	}
	check_numbers();
	check_states();
	check_signals();
	check_threads();
	check_again();
	check_exec(argv[0]);
	check_links(argv[0]);
	check_machine();
	return check_done();
}
