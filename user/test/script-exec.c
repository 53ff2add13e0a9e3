/* script-exec.c - execve of texts: the interpreter, its one argument, scripts that are read by scripts, and what is
 * refused.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

static char top[64], self[PATH_MAX];

static void write_file(const char *name, mode_t mode, const char *format, ...)
{
	char text[1024];
	va_list args;
	int fd = (int)REQUIRE_OK(open(name, O_CREAT | O_TRUNC | O_WRONLY, 0600)), length;

	va_start(args, format);
	length = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	CHECK_EQ(write(fd, text, (size_t)length), length);
	CHECK_OK(fchmod(fd, mode));
	close(fd);
}

/* Run NAME with arguments "zero", "one": what it ends with, or a negative errno. */
static int run(const char *name)
{
	const char *const argv[] = { "zero", "one", NULL };
	pid_t pid = child_exec(name, argv, environ);

	return pid < 0 ? pid : child_wait(pid);
}

/* We are the interpreter: our arguments are EXPECTED. */
static int check_arguments(int argc, char **argv, const char *const *expected)
{
	int count = 0;

	while (expected[count])
		count++;
	CHECK_EQ(argc, count);
	for (int i = 0; i < argc && i < count; i++)
		if (!CHECK(!strcmp(argv[i], expected[i])))
			check_note("argument %d is %s, not %s", i, argv[i], expected[i]);
	return checks_failed ? 1 : 42;
}

static int interpreter(int argc, char **argv)
{
	const char *me = getenv("SCRIPT_SELF");
	const char *const plain[] = { me, "./plain", "one", NULL };
	const char *const argument[] = { me, "-x y  z", "./argument", "one", NULL };
	const char *const nested[] = { me, "inner", "./inner", "outer", "./outer", "one", NULL };
	const char *last = argv[argc - 2];

	if (!strcmp(last, "./plain"))
		return check_arguments(argc, argv, plain);
	if (!strcmp(last, "./argument"))
		return check_arguments(argc, argv, argument);
	if (!strcmp(last, "./outer"))
		return check_arguments(argc, argv, nested);
	return 3;
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "plain", "argument", "inner", "outer", "none",
					     "text",  "secret",	  "self",  "empty" };

	if (getenv("SCRIPT_SELF"))
		return interpreter(argc, argv);
	REQUIRE(realpath(argv[0], self));
	setenv("SCRIPT_SELF", self, 1);
	snprintf(top, sizeof(top), "/tmp/script-exec-%d", (int)getpid());
	REQUIRE_OK(mkdir(top, 0755));
	REQUIRE_OK(chdir(top));
	write_file("plain", 0755, "#!%s\n", self);
	write_file("argument", 0755, "#! \t%s   -x y  z \t\nsecond line\n", self);
	write_file("inner", 0755, "#!%s inner\n", self);
	write_file("outer", 0755, "#!./inner outer\n");
	write_file("none", 0755, "#!/tmp/nothing/here\n");
	write_file("text", 0755, "not a program\n");
	write_file("secret", 0644, "#!%s\n", self);
	write_file("self", 0755, "#!./self\n");
	write_file("empty", 0755, "#!   \n");
	CHECK_EQ(run("./plain"), EXITED(42));
	CHECK_EQ(run("./argument"), EXITED(42));
	CHECK_EQ(run("./outer"), EXITED(42));
	CHECK_EQ(run("./none"), -ENOENT);
	CHECK_EQ(run("./text"), -ENOEXEC);
	CHECK_EQ(run("./secret"), -EACCES);
	CHECK_EQ(run("./self"), -ELOOP);
	CHECK_EQ(run("./empty"), -ENOEXEC);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		CHECK_OK(unlink(names[i]));
	CHECK_OK(chdir("/"));
	CHECK_OK(rmdir(top));
	return check_done();
}
