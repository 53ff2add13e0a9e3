/* start-args.c - what a program finds at its start: arguments, environment, the auxiliary vector, program headers.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"

#include <elf.h>
#include <sys/auxv.h>
#include <sys/syscall.h>

static const char *const arguments[] = { "", "two words", "third", NULL };
static const char *const environment[] = { "EMPTY=", "NAME=value", "LAST=1", NULL };

/* The child: got ARGUMENTS after its name and "args", and exactly ENVIRONMENT. */
static int child_args(int argc, char **argv)
{
	int count = 0;

	CHECK_EQ(argc, 2 + 3);
	for (int i = 0; arguments[i]; i++)
		CHECK(argv[2 + i] && !strcmp(argv[2 + i], arguments[i]));
	CHECK(argv[argc] == NULL);
	for (; environment[count]; count++)
		CHECK(environ[count] && !strcmp(environ[count], environment[count]));
	CHECK(environ[count] == NULL);
	CHECK(!strcmp(getenv("NAME"), "value"));
	CHECK(!strcmp(getenv("EMPTY"), ""));
	return check_done();
}

static int child_big(int argc, char **argv)
{
	CHECK_EQ(argc, 2 + 500);
	for (int i = 0; i < 500; i++)
		CHECK_EQ(strlen(argv[2 + i]), (size_t)(i % 100));
	return check_done();
}

static void check_arguments(void)
{
	const char *const argv[] = { child_self, "args", arguments[0], arguments[1], arguments[2], NULL };

	CHECK_EQ(child_wait(child_exec(child_self, argv, (char *const *)environment)), EXITED(0));
}

/* 500 arguments, 25 KiB of text: more than one page of stack at the start. */
static void check_many_arguments(void)
{
	static const char *argv[2 + 500 + 1];
	static char text[500][100];

	argv[0] = child_self;
	argv[1] = "big";
	for (int i = 0; i < 500; i++)
		argv[2 + i] = memset(text[i], 'a', i % 100);
	CHECK_EQ(child_wait(child_exec(child_self, argv, environ)), EXITED(0));
}

static void check_too_many_arguments(void)
{
	enum { BYTES = 8 << 20 };
	const char *argv[] = { child_self, "args", NULL, NULL };
	char *text = malloc(BYTES);

	REQUIRE(text != NULL);
	memset(text, 'x', BYTES - 1);
	text[BYTES - 1] = 0;
	argv[2] = text;
	CHECK_EQ(child_exec(child_self, argv, environ), -E2BIG);
	free(text);
}

static void check_auxv(void)
{
	extern const Elf64_Ehdr __ehdr_start;
	const Elf64_Phdr *headers = (const void *)getauxval(AT_PHDR);
	const unsigned char *random = (const void *)getauxval(AT_RANDOM);
	const char *name = (const char *)getauxval(AT_EXECFN);
	unsigned bits = 0;

	CHECK_EQ(getauxval(AT_PAGESZ), 4096);
	CHECK_EQ(getauxval(AT_PHENT), sizeof(Elf64_Phdr));
	CHECK_EQ(getauxval(AT_PHNUM), __ehdr_start.e_phnum);
	CHECK_EQ((uintptr_t)headers - (uintptr_t)&__ehdr_start, __ehdr_start.e_phoff);
	CHECK(getauxval(AT_ENTRY) != 0);
	CHECK_EQ(getauxval(AT_UID), getuid());
	CHECK_EQ(getauxval(AT_EUID), geteuid());
	CHECK_EQ(getauxval(AT_GID), getgid());
	CHECK_EQ(getauxval(AT_EGID), getegid());
	CHECK_EQ(getauxval(AT_SECURE), 0);
	CHECK_EQ(getauxval(AT_CLKTCK), 100);
	CHECK(name && !strcmp(name, child_self));
	REQUIRE(random != NULL);
	for (int i = 0; i < 16; i++)
		bits |= random[i];
	CHECK(bits != 0);
}

/* Who gives none gets an empty name all the same. */
static void check_no_arguments(void)
{
	const char *const none[] = { NULL };
	pid_t pid;

	CHECK_EQ(child_wait(child_exec(child_self, none, (char *const *)environment)), EXITED(0));
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		syscall(SYS_execve, child_self, NULL, environment);
		_exit(1);
	}
	CHECK_EQ(child_wait(pid), EXITED(0));
}

static int child_no_arguments(int argc, char **argv)
{
	CHECK_EQ(argc, 1);
	CHECK(!argv[1] && !strcmp(environ[0], environment[0]));
	return check_done();
}

int main(int argc, char **argv)
{
	if (argc == 1 && !*argv[0])
		return child_no_arguments(argc, argv);
	if (argc > 1)
		return strcmp(argv[1], "big") ? child_args(argc, argv) : child_big(argc, argv);
	child_self = argv[0];
	CHECK_EQ(argc, 1);
	CHECK(argv[1] == NULL);
	check_arguments();
	check_many_arguments();
	check_too_many_arguments();
	check_no_arguments();
	check_auxv();
	return check_done();
}
