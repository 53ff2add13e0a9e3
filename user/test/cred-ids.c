/* cred-ids.c - users and groups of a process: who may become whom, what fork hands on.
 *
 * oracle: user
 */
#define _GNU_SOURCE
#include "user/test/in-child.h"

#include <grp.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>

static void check_users(uid_t real, uid_t effective, uid_t saved)
{
	uid_t r = 77, e = 77, s = 77;

	CHECK_OK(getresuid(&r, &e, &s));
	CHECK_EQ(r, real);
	CHECK_EQ(e, effective);
	CHECK_EQ(s, saved);
	CHECK_EQ(getuid(), real);
	CHECK_EQ(geteuid(), effective);
}

static void check_setuid(void)
{
	check_users(0, 0, 0);
	CHECK_OK(setgid(200));
	CHECK_EQ(getgid(), 200);
	CHECK_EQ(getegid(), 200);
	CHECK_OK(setuid(100)); /* root gives up all three */
	check_users(100, 100, 100);
	CHECK_ERRNO(setuid(0), EPERM);
	CHECK_ERRNO(setuid(101), EPERM);
	CHECK_OK(setuid(100));
	CHECK_ERRNO(setgid(0), EPERM);
	CHECK_ERRNO(setgroups(0, NULL), EPERM);
}

static void check_setreuid(void)
{
	CHECK_OK(setreuid(100, 101));
	check_users(100, 101, 101);
	CHECK_OK(setreuid(-1, 100));
	check_users(100, 100, 101);
	CHECK_ERRNO(setreuid(102, -1), EPERM);
	CHECK_OK(setreuid(-1, 101)); /* the saved one */
	check_users(100, 101, 101);
	CHECK_OK(setreuid(101, 100));
	check_users(101, 100, 100);
}

static void check_setresuid(void)
{
	CHECK_OK(setresuid(100, 101, 102));
	check_users(100, 101, 102);
	CHECK_OK(setresuid(-1, 102, -1));
	check_users(100, 102, 102);
	CHECK_ERRNO(setresuid(103, -1, -1), EPERM);
	CHECK_OK(setresuid(102, 102, 100));
	check_users(102, 102, 100);
	CHECK_EQ(syscall(SYS_setuid, -1), -1);
	CHECK_EQ(errno, EINVAL);
}

/* The effective one goes and comes back by way of the saved one. */
static void check_seteuid(void)
{
	CHECK_OK(seteuid(100));
	check_users(0, 100, 0);
	CHECK_ERRNO(setgid(5), EPERM);
	CHECK_OK(seteuid(0));
	check_users(0, 0, 0);
	CHECK_EQ(setfsuid(100), 0);
	CHECK_EQ(setfsuid((uid_t)-1), 100);
	CHECK_OK(seteuid(0)); /* takes the one of files along */
	CHECK_EQ(setfsuid((uid_t)-1), 0);
	CHECK_OK(setresgid(7, 8, 9));
	CHECK_EQ(getgid(), 7);
	CHECK_EQ(getegid(), 8);
	CHECK_OK(setregid(-1, 9));
	CHECK_EQ(getegid(), 9);
}

static void check_groups(void)
{
	const gid_t some[] = { 5, 7, 11 };
	gid_t got[32];

	CHECK_OK(setgroups(3, some));
	CHECK_EQ(getgroups(0, NULL), 3);
	CHECK_EQ(getgroups(32, got), 3);
	CHECK(!memcmp(some, got, sizeof(some)));
	CHECK_ERRNO(getgroups(2, got), EINVAL);
	CHECK_ERRNO(syscall(SYS_getgroups, -1, got), EINVAL);
	CHECK_OK(setgroups(0, NULL));
	CHECK_EQ(getgroups(32, got), 0);
	CHECK_ERRNO(syscall(SYS_setgroups, 2, (void *)-4096), EFAULT);
	CHECK_ERRNO(syscall(SYS_getresuid, (void *)-4096, got, got), EFAULT);
}

static void check_as_parent(void)
{
	gid_t group;

	check_users(100, 101, 102);
	CHECK_EQ(getgroups(1, &group), 1);
	CHECK_EQ(group, 42);
}

static void check_inherited(void)
{
	CHECK_OK(setgroups(1, &(gid_t){ 42 }));
	CHECK_OK(setresuid(100, 101, 102));
	in_child(check_as_parent);
}

int main(void)
{
	if (geteuid())
		return check_skip("only root can become somebody else");
	in_child(check_setuid);
	in_child(check_setreuid);
	in_child(check_setresuid);
	in_child(check_seteuid);
	in_child(check_groups);
	in_child(check_inherited);
	return check_done();
}
