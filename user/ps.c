/* ps.c - list processes, from /proc alone.
 *
 *     ps        one line for each process
 *     ps -T     one for each thread
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 64, TEXT_BYTES = 4096, TICKS_A_SECOND = 100, KIB_PER_PAGE = 4 };

/* The text of a file without its last newline; false: it is gone, as its process may be. */
static bool text_read(const char *path, char *text, size_t bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, bytes - 1);

	if (fd >= 0)
		close(fd);
	if (got < 0)
		return false;
	text[got] = 0;
	if (got && text[got - 1] == '\n')
		text[got - 1] = 0;
	return true;
}

/* One line for the process or thread whose directory in /proc is FOLDER, with number ID in process PID. */
static void show(const char *folder, int pid, int id)
{
	int parent, group, session, terminal, threads;
	unsigned long user_ticks, system_ticks, pages;
	char path[PATH_BYTES], text[TEXT_BYTES], state, *name, *end;

	if (snprintf(path, sizeof(path), "%s/stat", folder) >= PATH_BYTES || !text_read(path, text, sizeof(text)))
		return;
	name = strchr(text, '(');
	end = strrchr(text, ')');
	if (!name || !end ||
	    sscanf(end + 1, " %c %d %d %d %d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %d %*d %*u %*u %lu",
		   &state, &parent, &group, &session, &terminal, &user_ticks, &system_ticks, &threads, &pages) != 9)
		return;
	*end = 0;
	user_ticks += system_ticks;
	printf("%5d %5d %5d %5d %5d %-4s %c %3d %6lu %4lu.%02lu %s\n", pid, id, parent, group, session,
	       terminal ? "con" : "-", state, threads, pages * KIB_PER_PAGE, user_ticks / TICKS_A_SECOND,
	       user_ticks % TICKS_A_SECOND, name + 1);
}

/* Call EACH for every directory in FOLDER whose name is a number. */
static int numbers_each(const char *folder, int pid, void (*each)(const char *folder, int pid, int id))
{
	DIR *stream = opendir(folder);
	struct dirent *entry;
	char path[PATH_BYTES];
	int number;

	if (!stream)
		return 1;
	while ((entry = readdir(stream))) {
		number = atoi(entry->d_name);
		if (number <= 0)
			continue;
		if (snprintf(path, sizeof(path), "%s/%d", folder, number) >= PATH_BYTES)
			continue;
		each(path, pid ? pid : number, number);
	}
	closedir(stream);
	return 0;
}

static void show_threads(const char *folder, int pid, int id)
{
	char path[PATH_BYTES];

	(void)id;
	if (snprintf(path, sizeof(path), "%s/task", folder) < PATH_BYTES)
		numbers_each(path, pid, show);
}

int main(int argc, char **argv)
{
	bool threads = argc > 1 && !strcmp(argv[1], "-T");

	puts("  PID   TID  PPID  PGRP   SID TTY  S THR    KIB    TIME NAME");
	return numbers_each("/proc", 0, threads ? show_threads : show);
}
