/* cred-files.c - who may do what with files: owner, group and others, root, directories, the sticky bit.
 *
 * oracle: user
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char top[64]; /* a directory of ours */

static void as(uid_t user, gid_t group, void (*check)(void))
{
	int status = -1;
	pid_t pid = (pid_t)REQUIRE_OK(fork());

	if (!pid) {
		checks_failed = 0;
		REQUIRE_OK(chdir(top));
		REQUIRE_OK(setgroups(0, NULL));
		REQUIRE_OK(setgid(group));
		REQUIRE_OK(setuid(user));
		check();
		_exit(checks_failed != 0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	if (!CHECK_EQ(status, 0))
		check_note("as user %u", user);
}

static int try(const char *path, int flags)
{
	int fd = open(path, flags, 0666);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static void make(const char *name, uid_t user, gid_t group, mode_t mode)
{
	int fd = (int)REQUIRE_OK(open(name, O_CREAT | O_EXCL | O_WRONLY, 0600));

	close(fd);
	CHECK_OK(chown(name, user, group));
	CHECK_OK(chmod(name, mode));
}

static void check_owner(void)
{
	struct stat stat_before;

	CHECK_EQ(try("mine", O_RDWR), 0);
	CHECK_EQ(try("secret", O_RDONLY), -EACCES);
	CHECK_EQ(try("secret", O_PATH), 0);
	CHECK_EQ(try("unreadable", O_WRONLY), 0);
	CHECK_EQ(try("unreadable", O_RDONLY), -EACCES); /* the owner is not "others" */
	CHECK_EQ(try("public", O_RDONLY), 0);
	CHECK_EQ(try("public", O_WRONLY), -EACCES);
	CHECK_EQ(try("public", O_RDONLY | O_TRUNC), -EACCES);
	CHECK_EQ(try("new", O_CREAT | O_WRONLY), -EACCES); /* the directory is root's */
	CHECK_ERRNO(unlink("mine"), EACCES);
	CHECK_ERRNO(mkdir("dir", 0700), EACCES);
	CHECK_ERRNO(rename("mine", "other"), EACCES);
	CHECK_ERRNO(symlink("x", "link"), EACCES);
	CHECK_ERRNO(chmod("public", 0777), EPERM);
	CHECK_ERRNO(chown("mine", 0, -1), EPERM);
	CHECK_ERRNO(chown("mine", -1, 0), EPERM);
	CHECK_OK(chown("mine", -1, 200));
	CHECK_OK(chmod("mine", 0644));
	CHECK_ERRNO(truncate("public", 0), EACCES);
	CHECK_OK(truncate("mine", 5));
	CHECK_OK(stat("secret", &stat_before));
	CHECK_EQ(access("secret", R_OK), -1);
	CHECK_EQ(access("public", R_OK), 0);
	CHECK_OK(utimensat(AT_FDCWD, "mine", NULL, 0));
	CHECK_ERRNO(utimensat(AT_FDCWD, "public", NULL, 0), EACCES);
	CHECK_ERRNO(utimensat(AT_FDCWD, "public", (struct timespec[2]){ { 1, 0 }, { 1, 0 } }, 0), EPERM);
}

static void check_group(void)
{
	CHECK_EQ(try("group", O_RDONLY), 0);
	CHECK_EQ(try("group", O_WRONLY), -EACCES);
}

static void check_other(void)
{
	CHECK_EQ(try("group", O_RDONLY), -EACCES);
	CHECK_EQ(try("closed/file", O_RDONLY), -EACCES); /* no way through */
	CHECK_ERRNO(chdir("closed"), EACCES);
	CHECK_EQ(try("listless", O_RDONLY | O_DIRECTORY), -EACCES);
	CHECK_EQ(try("listless/file", O_RDONLY), 0); /* who knows the name */
}

static void check_root(void)
{
	CHECK_EQ(try("unreadable", O_RDWR), 0);
	CHECK_EQ(try("closed/file", O_RDWR), 0);
	CHECK_EQ(access("public", X_OK), -1);
}

/* In a directory where everybody may write: only one's own. */
static void check_sticky(void)
{
	struct stat stat_now;

	CHECK_EQ(try("sticky/own", O_CREAT | O_EXCL | O_WRONLY), 0);
	CHECK_OK(stat("sticky/own", &stat_now));
	CHECK_EQ(stat_now.st_uid, 100);
	CHECK_EQ(stat_now.st_gid, 200);
	CHECK_ERRNO(unlink("sticky/roots"), EPERM);
	CHECK_ERRNO(rename("sticky/roots", "sticky/moved"), EPERM);
	CHECK_ERRNO(rename("sticky/own", "sticky/roots"), EPERM);
	CHECK_OK(rename("sticky/own", "sticky/again"));
	CHECK_OK(unlink("sticky/again"));
	CHECK_OK(unlink("free/roots"));
	CHECK_EQ(try("set-group/new", O_CREAT | O_EXCL | O_WRONLY), 0);
	CHECK_OK(stat("set-group/new", &stat_now));
	CHECK_EQ(stat_now.st_gid, 300);
}

static void make_dir(const char *name, mode_t mode)
{
	REQUIRE_OK(mkdir(name, 0700));
	CHECK_OK(chmod(name, mode));
}

static void clean(void)
{
	static const char *const names[] = { "mine",	    "secret",	     "unreadable",   "public",	     "group",
					     "closed/file", "listless/file", "sticky/roots", "set-group/new" };
	static const char *const dirs[] = { "closed", "listless", "sticky", "free", "set-group" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		CHECK_OK(unlink(names[i]));
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		CHECK_OK(rmdir(dirs[i]));
	CHECK_OK(chdir("/"));
	CHECK_OK(rmdir(top));
}

int main(void)
{
	if (geteuid())
		return check_skip("only root can become somebody else");
	umask(022);
	snprintf(top, sizeof(top), "/tmp/cred-files-%d", (int)getpid());
	REQUIRE_OK(mkdir(top, 0755));
	REQUIRE_OK(chdir(top));
	make("mine", 100, 100, 0600);
	make("secret", 0, 0, 0600);
	make("unreadable", 100, 200, 0277);
	make("public", 0, 0, 0644);
	make("group", 0, 200, 0640);
	make_dir("closed", 0700);
	make("closed/file", 100, 200, 0666);
	make_dir("listless", 0711);
	make("listless/file", 0, 0, 0644);
	make_dir("sticky", 01777);
	make("sticky/roots", 0, 0, 0666);
	make_dir("free", 0777);
	make("free/roots", 0, 0, 0600);
	make_dir("set-group", 0777);
	CHECK_OK(chown("set-group", 0, 300));
	CHECK_OK(chmod("set-group", 02777));
	as(100, 200, check_owner);
	as(101, 200, check_group);
	as(101, 201, check_other);
	as(0, 0, check_root);
	as(100, 200, check_sticky);
	clean();
	return check_done();
}
