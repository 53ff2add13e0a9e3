/* proc_sys.c - /proc/sys: what can be asked about the kernel's limits and names. None of it can be set. */
#include "kernel/abi/uname.h"
#include "kernel/dev/random.h"
#include "kernel/fs/caller.h"
#include "kernel/fs/files.h"
#include "kernel/fs/proc_system.h"
#include "kernel/fs/procfs.h"

static void hostname(struct fmt_text *text)
{
	fmt_add(text, UNAME_NODE "\n");
}

static void domainname(struct fmt_text *text)
{
	fmt_add(text, "(none)\n");
}

static void ostype(struct fmt_text *text)
{
	fmt_add(text, UNAME_SYSTEM "\n");
}

static void osrelease(struct fmt_text *text)
{
	fmt_add(text, UNAME_RELEASE "\n");
}

static void version(struct fmt_text *text)
{
	fmt_add(text, UNAME_VERSION "\n");
}

static void pid_max(struct fmt_text *text)
{
	fmt_add(text, "%u\n", PID_MAX);
}

static void ngroups_max(struct fmt_text *text)
{
	fmt_add(text, "%u\n", FURTHER_GROUPS_MAX);
}

static void files_max(struct fmt_text *text)
{
	fmt_add(text, "%u\n", FILES_MAX);
}

/* There is no limit to what is promised. */
static void overcommit_memory(struct fmt_text *text)
{
	fmt_add(text, "1\n");
}

/* --- random: a version 4 UUID is 122 random bits --- */

enum { UUID_BYTES = 16 };

static void add_uuid(struct fmt_text *text, const u8 *bytes)
{
	for (u32 i = 0; i < UUID_BYTES; i++)
		fmt_add(text, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes[i]);
	fmt_add(text, "\n");
}

static void make_uuid(u8 *bytes)
{
	random_bytes(bytes, UUID_BYTES);
	bytes[6] = (bytes[6] & 0x0f) | 0x40;
	bytes[8] = (bytes[8] & 0x3f) | 0x80;
}

static void uuid(struct fmt_text *text)
{
	u8 bytes[UUID_BYTES];

	make_uuid(bytes);
	add_uuid(text, bytes);
}

/* The same until the machine starts again: made when it is first asked for. */
static void boot_id(struct fmt_text *text)
{
	static struct spinlock lock = SPINLOCK_INIT(RANK_WAIT);
	static u8 id[UUID_BYTES];
	static bool made;
	u8 fresh[UUID_BYTES];

	make_uuid(fresh);
	spin_lock(&lock);
	if (!made)
		__builtin_memcpy(id, fresh, UUID_BYTES);
	made = true;
	spin_unlock(&lock);
	add_uuid(text, id);
}

#define ROW(NAME, TEXT)                    \
	{                                  \
		.name = NAME, .text = TEXT \
	}

static const struct proc_entry kernel_random[] = {
	ROW("boot_id", boot_id),
	ROW("uuid", uuid),
	{ 0 },
};

static const struct proc_entry kernel[] = {
	ROW("hostname", hostname),
	ROW("domainname", domainname),
	ROW("ostype", ostype),
	ROW("osrelease", osrelease),
	ROW("version", version),
	ROW("pid_max", pid_max),
	ROW("threads-max", pid_max),
	ROW("ngroups_max", ngroups_max),
	{ .name = "random", .entries = kernel_random },
	{ 0 },
};

static const struct proc_entry vm[] = {
	ROW("overcommit_memory", overcommit_memory),
	{ 0 },
};

static const struct proc_entry fs[] = {
	ROW("nr_open", files_max),
	{ 0 },
};

const struct proc_entry proc_sys[] = {
	{ .name = "fs", .entries = fs },
	{ .name = "kernel", .entries = kernel },
	{ .name = "vm", .entries = vm },
	{ 0 },
};
