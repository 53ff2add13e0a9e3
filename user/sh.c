/* sh.c - a minimal command reader.
 *
 *     $ program word "a word" < file | program > file
 *
 * One command a line, or several with pipes between them: programs of /bin or paths, run to their end. No
 * variables, patterns or background. Built in: cd, exit, fg, help. `sh -c LINE` runs one line. The status of the
 * last command is the reader's at the end of its input.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_BYTES = 1024, WORDS = 64, PIPES = 16, NOT_FOUND = 127 };

static const char help[] = "program word... [< file] [> file] [| program ...]   runs programs of /bin, or paths\n"
			   "cd [folder]   exit [status]   help   fg: go on with what ^Z has stopped\n"
			   "programs: ls /bin   tests: ls /test\n";

struct command {
	char *words[WORDS + 1]; /* NULL behind the last */
	int count;
	const char *input, *output; /* NULL: the reader's own, or a pipe */
	const char *rest;	    /* behind the `|`; NULL: the last one of the line */
	char text[2 * LINE_BYTES];  /* the words, each ending in NUL */
};

/* On a terminal each line runs in a process group of its own, in the foreground while the reader waits for it: what ^C,
 * ^\ and ^Z send reaches the line and not the reader. */
static bool has_terminal;
static pid_t stopped_group, stopped_last; /* what ^Z has stopped; 0: nothing */

static void terminal_begin(void)
{
	if (tcgetpgrp(0) != getpgrp())
		return;
	has_terminal = true;
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
}

/* The child is part of GROUP (0: it makes one), which is in the foreground. What is typed from then on is for it, so it
 * takes the signals first; but SIGTTOU, which would stop it while it is in the background still. */
static void child_terminal(pid_t group)
{
	if (!has_terminal)
		return;
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	signal(SIGTSTP, SIG_DFL);
	setpgid(0, group);
	tcsetpgrp(0, getpgrp());
	signal(SIGTTOU, SIG_DFL);
}

static void terminal_back(void)
{
	if (has_terminal)
		tcsetpgrp(0, getpgrp());
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Copy the word at FROM to TO, without its quotes: where it ended, or NULL when a quote stays open. */
static const char *word_copy(const char *from, char **to)
{
	char quote = 0;

	for (; *from && (quote || (!is_blank(*from) && !strchr("<>|", *from))); from++) {
		if (*from == quote)
			quote = 0;
		else if (!quote && (*from == '"' || *from == '\''))
			quote = *from;
		else
			*(*to)++ = *from;
	}
	*(*to)++ = 0;
	return quote ? NULL : from;
}

/* Take LINE apart up to its first `|`: NULL, or what is wrong with it. */
static const char *command_parse(struct command *command, const char *line)
{
	char *to = command->text;
	const char **file;

	command->count = 0;
	command->input = command->output = command->rest = NULL;
	for (;;) {
		while (is_blank(*line))
			line++;
		if (*line == '|')
			command->rest = line + 1;
		if (!*line || *line == '#' || *line == '|')
			break;
		file = *line == '<' ? &command->input : *line == '>' ? &command->output : NULL;
		if (file)
			for (line++; is_blank(*line); line++)
				;
		if (file && (!*line || *line == '|'))
			return "a file's name is missing";
		if (!file && command->count == WORDS)
			return "too many words";
		if (file)
			*file = to;
		else
			command->words[command->count++] = to;
		line = word_copy(line, &to);
		if (!line)
			return "a quote stays open";
	}
	command->words[command->count] = NULL;
	return command->count || !(command->input || command->output || command->rest) ? NULL : "no program";
}

/* In the child: put PATH, or else PIPE if it is none of the reader's
 * own, at descriptor FD. */
static bool redirect(const char *path, int flags, int pipe, int fd)
{
	int file = path ? open(path, flags, 0644) : pipe;

	return file == fd || (file >= 0 && dup2(file, fd) == fd && (!path || close(file) == 0));
}

/* Start COMMAND between the descriptors INPUT and OUTPUT, in GROUP: its process, or -1, and the reader has said why. */
static pid_t command_start(struct command *command, pid_t group, int input, int output)
{
	const char *name = command->words[0], *failed = command->input;
	char path[LINE_BYTES + 8];
	pid_t pid;

	snprintf(path, sizeof(path), "%s%s", strchr(name, '/') ? "" : "/bin/", name);
	fflush(stdout);
	/* not vfork: a ^Z may stop the child before its exec, and who waits in vfork could not go on */
	pid = fork();
	if (pid < 0)
		fprintf(stderr, "sh: %s: %s\n", name, strerror(errno));
	if (pid)
		return pid;
	child_terminal(group);
	if (redirect(command->input, O_RDONLY, input, 0)) {
		failed = command->output;
		if (redirect(command->output, O_WRONLY | O_CREAT | O_TRUNC, output, 1)) {
			failed = name;
			execve(path, command->words, environ);
		}
	}
	fprintf(stderr, "sh: %s: %s\n", failed, strerror(errno));
	_exit(NOT_FOUND);
}

/* Wait for PID, which ran NAME: its status. */
static int command_end(pid_t pid, const char *name)
{
	int status = 0;

	if (pid < 0 || waitpid(pid, &status, has_terminal ? WUNTRACED : 0) != pid)
		return NOT_FOUND;
	if (WIFSTOPPED(status)) {
		stopped_last = pid;
		fprintf(stderr, "sh: %s: stopped; fg goes on\n", name);
		return 128 + WSTOPSIG(status);
	}
	if (WIFSIGNALED(status))
		fprintf(stderr, "sh: %s: killed by signal %d\n", name, WTERMSIG(status));
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Run COMMAND, and what follows in its line with a pipe between each two: the status of the last one. */
static int commands_run(struct command *command)
{
	pid_t pids[PIPES];
	int count = 0, input = 0, ends[2], status = 0;
	const char *wrong = NULL;

	do {
		ends[0] = 0;
		ends[1] = 1;
		if (command->rest && pipe2(ends, O_CLOEXEC) < 0)
			wrong = strerror(errno);
		if (!wrong) {
			pids[count] = command_start(command, count ? pids[0] : 0, input, ends[1]);
			count++;
		}
		if (input != 0)
			close(input);
		if (ends[1] != 1)
			close(ends[1]);
		input = ends[0];
		if (!wrong && command->rest)
			wrong = count == PIPES ? "too many pipes" : command_parse(command, command->rest);
		if (!wrong && !command->count)
			wrong = "no program";
	} while (!wrong && (input != 0));
	if (input != 0)
		close(input);
	for (int i = 0; i < count; i++) {
		status = command_end(pids[i], command->words[0]);
		if (stopped_last && stopped_last == pids[i])
			stopped_group = pids[0];
	}
	terminal_back();
	if (wrong)
		fprintf(stderr, "sh: %s\n", wrong);
	return wrong ? 2 : status;
}

/* Let the stopped line go on, in the foreground. */
static int foreground_run(void)
{
	pid_t group = stopped_group, last = stopped_last;
	int status;

	if (!last) {
		fputs("sh: fg: nothing is stopped\n", stderr);
		return 1;
	}
	stopped_group = stopped_last = 0;
	tcsetpgrp(0, group);
	kill(-group, SIGCONT);
	status = command_end(last, "fg");
	if (stopped_last)
		stopped_group = group;
	terminal_back();
	return status;
}

static int folder_change(const char *folder)
{
	if (chdir(folder ? folder : "/") == 0)
		return 0;
	fprintf(stderr, "sh: cd: %s: %s\n", folder, strerror(errno));
	return 1;
}

/* Do what LINE says: its status. LAST is that of the line before. */
static int line_run(const char *line, int last)
{
	static struct command command;
	const char *wrong = command_parse(&command, line);
	char **words = command.words;

	if (wrong) {
		fprintf(stderr, "sh: %s\n", wrong);
		return 2;
	}
	if (!command.count)
		return last;
	if (!strcmp(words[0], "exit"))
		exit(words[1] ? atoi(words[1]) : last);
	if (!strcmp(words[0], "cd"))
		return folder_change(words[1]);
	if (!strcmp(words[0], "fg"))
		return foreground_run();
	if (!strcmp(words[0], "help"))
		return fputs(help, stdout) < 0;
	return commands_run(&command);
}

/* The next line. False: end of the input. */
static bool line_read(char *line, size_t bytes, bool terminal)
{
	if (terminal) {
		fputs("$ ", stdout);
		fflush(stdout);
	}
	return fgets(line, (int)bytes, stdin) != NULL;
}

int main(int argc, char **argv)
{
	char line[LINE_BYTES];
	int status = 0;
	bool terminal = isatty(0);

	if (argc == 3 && !strcmp(argv[1], "-c"))
		return line_run(argv[2], 0);
	if (terminal) {
		terminal_begin();
		puts("Type help.");
	}
	while (line_read(line, sizeof(line), terminal))
		status = line_run(line, status);
	return status;
}
