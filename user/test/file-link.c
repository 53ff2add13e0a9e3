/* file-link.c - symbolic links on the disk: short and long ones, chains up to the limit, loops, links to nothing,
 * links as the middle of a path.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/data.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void check_leads_to(const char *from, const char *to)
{
	struct stat a, b;

	if (!CHECK_EQ(stat(data_path(from), &a), 0) || !CHECK_EQ(stat(to, &b), 0))
		return;
	if (!CHECK(a.st_ino == b.st_ino && a.st_dev == b.st_dev))
		check_note("%s does not lead to %s", from, to);
}

static void check_target(const char *name, const char *begin, size_t length)
{
	char target[600];
	struct stat status;
	ssize_t got = readlink(data_path(name), target, sizeof(target));

	CHECK_EQ(got, length);
	CHECK(!memcmp(target, begin, strlen(begin)));
	CHECK_OK(lstat(data_path(name), &status));
	CHECK(S_ISLNK(status.st_mode));
	CHECK_EQ(status.st_size, length);
}

static void check_readlink(void)
{
	char target[10] = "xxxxxxxxx";

	check_target("link-rel", "hello", 5);
	check_target("link-59", "./././", 59);
	check_target("link-60", "./././", 60);
	check_target("link-long", "./././", 405);
	CHECK_EQ(readlink(data_path("link-rel"), target, 3), 3); /* cut, and not terminated */
	CHECK(!strcmp(target, "helxxxxxx"));
	CHECK_ERRNO(readlink(data_path("link-rel"), target, 0), EINVAL);
	CHECK_ERRNO(readlink(data_path("hello"), target, 10), EINVAL);
	CHECK_ERRNO(readlink(data_path("nothing"), target, 10), ENOENT);
	CHECK_ERRNO(readlink(data_path("link-rel"), (char *)-4096, 10), EFAULT);
}

static void check_follow(void)
{
	const char *hello = data_path("hello");

	check_leads_to("link-rel", hello);
	check_leads_to("link-up", hello);
	check_leads_to("link-59", hello);
	check_leads_to("link-60", hello);
	check_leads_to("link-long", hello);
	check_leads_to("link-dir/../hello", hello);
	check_leads_to("link-root", "/");
	check_leads_to("link-root/tmp", "/tmp");
	check_leads_to("link-root/..", "/");
	check_leads_to("link-null", "/dev/null");
	check_leads_to("chain-0", data_path("hello"));
	check_leads_to("chain-39", data_path("hello")); /* 40 links */
	check_leads_to("link-dir/", data_path("deep"));
}

static void check_refused(void)
{
	struct stat status;

	CHECK_ERRNO(stat(data_path("chain-40"), &status), ELOOP); /* 41 */
	CHECK_OK(lstat(data_path("chain-40"), &status));
	CHECK_ERRNO(stat(data_path("link-self"), &status), ELOOP);
	CHECK_ERRNO(stat(data_path("link-a"), &status), ELOOP);
	CHECK_ERRNO(stat(data_path("link-a/x"), &status), ELOOP);
	CHECK_ERRNO(stat(data_path("link-dangling"), &status), ENOENT);
	CHECK_OK(lstat(data_path("link-dangling"), &status));
	CHECK_ERRNO(stat(data_path("link-rel/"), &status), ENOTDIR);
	CHECK_ERRNO(lstat(data_path("link-rel/"), &status), ENOTDIR); /* the slash follows the link */
	CHECK_ERRNO(open(data_path("link-self"), O_RDONLY), ELOOP);
}

static void check_deep(void)
{
	char path[DEEP_LEVELS * 2 + 20] = "deep";
	int fd;

	for (int i = 0; i < DEEP_LEVELS; i++)
		strcat(path, "/d");
	strcat(path, "/leaf");
	fd = (int)CHECK_OK(open(data_path(path), O_RDONLY));
	CHECK_EQ(read(fd, path, 10), 5);
	CHECK(!memcmp(path, "leaf\n", 5));
	close(fd);
}

int main(void)
{
	check_readlink();
	check_follow();
	check_refused();
	check_deep();
	return check_done();
}
