/* proc-self.c - what a process finds about itself in /proc beside what ps reads: its environment, auxiliary vector,
 * limits, mounts; its name, which it may change; its threads by their own numbers; and the boot's identity.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char text[65536];

static ssize_t read_text(const char *path)
{
	ssize_t got, all = 0;
	int fd = (int)REQUIRE_OK(open(path, O_RDONLY));

	while ((got = read(fd, text + all, sizeof(text) - 1 - (size_t)all)) > 0)
		all += got;
	text[all] = 0;
	close(fd);
	return all;
}

/* --- memory that exec has filled --- */

#define RUN_WORD "--environment"

static void check_environment_of_this(void)
{
	static const char expected[] = "A=first\0EMPTY=\0LAST=z";

	CHECK_EQ(read_text("/proc/self/environ"), sizeof(expected));
	CHECK_EQ(memcmp(text, expected, sizeof(expected)), 0);
	CHECK_EQ(read_text("/proc/self/cmdline"), sizeof("self\0" RUN_WORD "\0more"));
	CHECK_EQ(memcmp(text, "self\0" RUN_WORD "\0more", sizeof("self\0" RUN_WORD "\0more")), 0);
}

static void check_environment(const char *self)
{
	char *const arguments[] = { "self", RUN_WORD, "more", NULL };
	char *const environment[] = { "A=first", "EMPTY=", "LAST=z", NULL };
	int status = -1;
	pid_t pid = (pid_t)REQUIRE_OK(fork());

	if (!pid) {
		execve(self, arguments, environment);
		_exit(100);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

static void check_auxv(void)
{
	const Elf64_auxv_t *entry;
	ssize_t bytes = read_text("/proc/self/auxv");
	bool page_size = false, random = false, end = false;

	for (entry = (void *)text; (char *)(entry + 1) <= text + bytes && !end; entry++) {
		page_size |= entry->a_type == AT_PAGESZ && entry->a_un.a_val == getauxval(AT_PAGESZ);
		random |= entry->a_type == AT_RANDOM && entry->a_un.a_val == getauxval(AT_RANDOM);
		end = entry->a_type == AT_NULL;
	}
	CHECK(page_size && random && end);
}

/* --- limits --- */

static void check_limits(void)
{
	struct rlimit limit = { 4096 * 5, 4096 * 7 };
	unsigned long soft, hard;
	char *line, unit[16];

	CHECK_OK(setrlimit(RLIMIT_CORE, &limit));
	read_text("/proc/self/limits");
	CHECK_EQ(strncmp(text, "Limit                     Soft Limit           Hard Limit           Units     \n", 79),
		 0);
	line = strstr(text, "\nMax core file size ");
	REQUIRE(line);
	CHECK_EQ(sscanf(line + 20, "%lu %lu %15s", &soft, &hard, unit), 3);
	CHECK_EQ(soft, limit.rlim_cur);
	CHECK_EQ(hard, limit.rlim_max);
	CHECK_EQ(strcmp(unit, "bytes"), 0);
	CHECK(strstr(text, "\nMax address space         unlimited            unlimited            bytes     \n"));
	CHECK(strstr(text, "\nMax realtime timeout "));
}

/* --- the name --- */

static long write_text(const char *path, const char *what)
{
	int fd = (int)REQUIRE_OK(open(path, O_WRONLY));
	long done = write(fd, what, strlen(what));
	int err = errno;

	close(fd);
	errno = err;
	return done;
}

static void check_comm(void)
{
	char path[64], name[16];
	pid_t pid;
	int gate[2];

	CHECK_EQ(write_text("/proc/self/comm", "short"), 5);
	read_text("/proc/self/comm");
	CHECK_EQ(strcmp(text, "short\n"), 0);
	CHECK_OK(prctl(PR_GET_NAME, name));
	CHECK_EQ(strcmp(name, "short"), 0);
	CHECK_EQ(write_text("/proc/self/comm", "a-name-with-more-than-fifteen-characters-and-with-more-than-63-bytes"),
		 68);
	CHECK_OK(prctl(PR_GET_NAME, name));
	CHECK_EQ(strcmp(name, "a-name-with-mor"), 0);
	REQUIRE_OK(pipe(gate));
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		close(gate[1]);
		_exit((int)read(gate[0], name, 1));
	}
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	CHECK_ERRNO(write_text(path, "other"), EINVAL);
	close(gate[1]);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	close(gate[0]);
}

/* --- threads by their numbers --- */

static int gate[2];
static pid_t tid;

static void *thread_main(void *argument)
{
	char byte;

	(void)argument;
	prctl(PR_SET_NAME, "worker");
	store_release(&tid, (pid_t)syscall(SYS_gettid));
	(void)!read(gate[0], &byte, 1);
	return NULL;
}

static bool is_listed(const char *folder, pid_t number)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	bool found = false;

	REQUIRE(dir);
	while ((entry = readdir(dir)))
		found |= atoi(entry->d_name) == number;
	closedir(dir);
	return found;
}

static void check_thread(void)
{
	char path[64], link[256], own[256];
	pthread_t thread;
	ssize_t length;
	struct stat a, b;

	REQUIRE_OK(pipe(gate));
	REQUIRE_EQ(pthread_create(&thread, NULL, thread_main, NULL), 0);
	while (!load_acquire(&tid))
		;
	CHECK(!is_listed("/proc", tid));
	CHECK(is_listed("/proc/self/task", tid));
	snprintf(path, sizeof(path), "/proc/%d/comm", tid);
	read_text(path);
	CHECK_EQ(strcmp(text, "worker\n"), 0);
	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	read_text(path);
	REQUIRE(strstr(text, "\nTgid:\t"));
	CHECK_EQ(atoi(strstr(text, "\nTgid:\t") + 7), getpid());
	CHECK_EQ(atoi(strstr(text, "\nPid:\t") + 6), tid);
	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	read_text(path);
	CHECK_EQ(atoi(text), tid);
	snprintf(path, sizeof(path), "/proc/self/task/%d/cwd", tid);
	length = CHECK_OK(readlink(path, link, sizeof(link) - 1));
	REQUIRE(getcwd(own, sizeof(own)));
	CHECK(length == (ssize_t)strlen(own) && !memcmp(link, own, strlen(own)));
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", tid, gate[0]);
	CHECK_OK(stat(path, &a));
	CHECK_OK(fstat(gate[0], &b));
	CHECK_EQ(a.st_ino, b.st_ino);
	/* a thread's name is for its process to change */
	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", tid);
	CHECK_EQ(write_text(path, "by-another"), 10);
	read_text(path);
	CHECK_EQ(strcmp(text, "by-another\n"), 0);
	close(gate[1]);
	pthread_join(thread, NULL);
	close(gate[0]);
	snprintf(path, sizeof(path), "/proc/%d/comm", tid);
	while (!access(path, F_OK)) /* it leaves a moment after the join */
		;
	CHECK_EQ(errno, ENOENT);
}

/* --- a process that is gone, under who has its files open --- */

static void check_gone(void)
{
	char path[64], byte;
	int fd, folder;
	pid_t pid = (pid_t)REQUIRE_OK(fork());

	if (!pid) {
		pause();
		_exit(0);
	}
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = (int)REQUIRE_OK(open(path, O_RDONLY));
	snprintf(path, sizeof(path), "/proc/%d", pid);
	folder = (int)REQUIRE_OK(open(path, O_RDONLY | O_DIRECTORY));
	CHECK_EQ(read(fd, &byte, 1), 1);
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	CHECK_ERRNO(pread(fd, &byte, 1, 0), ESRCH);
	CHECK(openat(folder, "stat", O_RDONLY) == -1 && (errno == ENOENT || errno == ESRCH));
	close(fd);
	close(folder);
}

/* --- what is private --- */

static void check_private(void)
{
	char path[64], byte;
	int status = -1, fd;
	pid_t pid, parent = getpid();

	if (geteuid())
		return;
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		if (setgid(1234) || setuid(1234))
			_exit(100);
		snprintf(path, sizeof(path), "/proc/%d/environ", parent);
		if (open(path, O_RDONLY) != -1 || errno != EACCES)
			_exit(101);
		snprintf(path, sizeof(path), "/proc/%d/maps", parent);
		fd = open(path, O_RDONLY);
		if ((fd == -1 ? -1 : read(fd, &byte, 1)) != -1 || errno != EACCES)
			_exit(102);
		snprintf(path, sizeof(path), "/proc/%d/stat", parent);
		fd = open(path, O_RDONLY);
		_exit(read(fd, &byte, 1) != 1);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

/* --- who is killed first when memory is used up --- */

static long adjustment(const char *path)
{
	read_text(path);
	return strtol(text, NULL, 10);
}

static void check_adjust(void)
{
	static const char path[] = "/proc/self/oom_score_adj";
	int status = -1;
	long score;
	pid_t pid;

	CHECK_EQ(adjustment(path), 0);
	score = adjustment("/proc/self/oom_score");
	CHECK(score >= 0 && score <= 2000);
	CHECK_EQ(write_text(path, "500"), 3);
	CHECK_EQ(adjustment(path), 500);
	CHECK(adjustment("/proc/self/oom_score") > score + 200);
	CHECK_ERRNO(write_text(path, "1001"), EINVAL);
	CHECK_ERRNO(write_text(path, "-1001\n"), EINVAL);
	CHECK_ERRNO(write_text(path, "5x"), EINVAL);
	CHECK_ERRNO(write_text(path, "high"), EINVAL);
	CHECK_EQ(adjustment(path), 500);
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		CHECK_EQ(adjustment(path), 500);
		CHECK_EQ(write_text(path, " 0\n"), 3);
		if (!geteuid()) {
			REQUIRE_OK(setresuid(1234, 1234, 1234));
			REQUIRE_OK(prctl(PR_SET_DUMPABLE, 1)); /* it owns its files in /proc again */
		}
		CHECK_EQ(write_text(path, "700\n"), 4);
		CHECK_EQ(write_text(path, "0"), 1);
		CHECK_ERRNO(write_text(path, "-1"), EACCES);
		_exit(check_done());
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_EQ(adjustment(path), 500);
	CHECK_EQ(write_text(path, "0"), 1);
}

/* --- the machine --- */

static bool is_uuid(const char *at)
{
	for (int i = 0; i < 36; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? at[i] != '-' : !strchr("0123456789abcdef", at[i]))
			return false;
	return at[14] == '4' && strchr("89ab", at[19]) && at[36] == '\n' && !at[37];
}

static void check_machine(void)
{
	unsigned major, minor;
	char boot[64], *line;
	struct stat st;

	CHECK_OK(stat("/", &st));
	CHECK_EQ(read_text("/proc/sys/kernel/random/boot_id"), 37);
	CHECK(is_uuid(text));
	strcpy(boot, text);
	read_text("/proc/sys/kernel/random/boot_id");
	CHECK_EQ(strcmp(text, boot), 0);
	read_text("/proc/sys/kernel/random/uuid");
	CHECK(is_uuid(text));
	CHECK(strcmp(text, boot));
	read_text("/proc/self/mounts");
	CHECK(strstr(text, " / "));
	read_text("/proc/self/mountinfo");
	line = strstr(text, " / / ");
	REQUIRE(line);
	while (line > text && line[-1] != '\n')
		line--;
	CHECK_EQ(sscanf(line, "%*u %*u %u:%u / / ", &major, &minor), 2);
	CHECK(strstr(text, " - proc "));
	read_text("/proc/partitions");
	CHECK_EQ(strncmp(text, "major minor  #blocks  name\n", 27), 0);
	read_text("/proc/devices");
	CHECK(strstr(text, "Character devices:\n  1 mem\n") && strstr(text, "\nBlock devices:\n"));
	CHECK(atol((read_text("/proc/sys/fs/nr_open"), text)) >= 1024);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], RUN_WORD)) {
		check_environment_of_this();
		return check_done();
	}
	check_environment(argv[0]);
	check_auxv();
	check_limits();
	check_comm();
	check_thread();
	check_gone();
	check_private();
	check_adjust();
	check_machine();
	return check_done();
}
