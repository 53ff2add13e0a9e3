/* exec-errors.c - an execve that cannot be answers with the right errno, and the caller goes on as if nothing had
 * been.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/data.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char *const no_environment[] = { NULL };

static long try(const char *path)
{
	char *const argv[] = { "name", NULL };

	return execve(path, argv, no_environment);
}

static void check_paths(void)
{
	char name[300], path[4200];

	memset(name, 'x', sizeof(name));
	name[0] = '/';
	name[sizeof(name) - 1] = 0;
	memset(path, '/', sizeof(path));
	path[sizeof(path) - 1] = 0;
	CHECK_ERRNO(try("/no/such/file"), ENOENT);
	CHECK_ERRNO(try(""), ENOENT);
	CHECK_ERRNO(try(data_path("link-dangling")), ENOENT);
	CHECK_ERRNO(try(data_path("hello/x")), ENOTDIR);
	CHECK_ERRNO(try(data_path("link-self")), ELOOP);
	CHECK_ERRNO(try(name), ENAMETOOLONG);
	CHECK_ERRNO(try(path), ENAMETOOLONG);
	CHECK_ERRNO(try(data_dir()), EACCES);	       /* a directory */
	CHECK_ERRNO(try(data_path("noexec")), EACCES); /* no x for anybody */
	CHECK_ERRNO(try(data_path("script")), ENOEXEC);
}

static void check_files(void)
{
	static const char path[] = "/tmp/exec-errors";
	static const char *const contents[] = { "", "x", "\177ELF", "\177ELF\2\1\1 and then nothing that makes sense" };

	for (size_t i = 0; i < ARRAY_SIZE(contents); i++) {
		int fd = (int)REQUIRE_OK(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755));

		CHECK_EQ(write(fd, contents[i], strlen(contents[i])), strlen(contents[i]));
		CHECK_OK(close(fd));
		CHECK_ERRNO(try(path), ENOEXEC);
	}
	CHECK_OK(chmod(path, 0600));
	CHECK_ERRNO(try(path), EACCES);
	CHECK_OK(unlink(path));
}

static void check_pointers(const char *self)
{
	char *unmapped = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *bad_argv[] = { "name", NULL, NULL };
	char *edge;

	REQUIRE(unmapped != MAP_FAILED);
	CHECK_OK(munmap(unmapped + 4096, 4096));
	edge = unmapped + 4096;
	CHECK_ERRNO(try(edge), EFAULT);
	CHECK_ERRNO(try((char *)-4096), EFAULT);
	edge[-1] = '/'; /* a text that runs into nothing */
	CHECK_ERRNO(try(edge - 1), EFAULT);
	CHECK_ERRNO(execve(self, (char **)edge, no_environment), EFAULT);
	CHECK_ERRNO(execve(self, no_environment, (char **)edge), EFAULT);
	bad_argv[1] = edge;
	CHECK_ERRNO(execve(self, bad_argv, no_environment), EFAULT);
	bad_argv[1] = edge - 1;
	CHECK_ERRNO(execve(self, bad_argv, no_environment), EFAULT);
	CHECK_ERRNO(execve(self, no_environment, bad_argv), EFAULT);
	munmap(unmapped, 4096);
}

int main(int argc, char **argv)
{
	if (argc != 1)
		return 1; /* executed after all */
	check_paths();
	check_files();
	check_pointers(argv[0]);
	return check_done();
}
