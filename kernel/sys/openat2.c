/* openat2.c - openat that refuses what it does not know, and walks the path as its caller wants it. */
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/path.h"
#include "kernel/space/user.h"
#include "kernel/proc/process.h"
#include "kernel/sys/open.h"
#include "kernel/sys/sys.h"

/* struct open_how of Linux. */
struct open_how {
	u64 flags, mode, resolve;
};

enum {
	RESOLVE_NO_XDEV = 1,
	RESOLVE_NO_MAGICLINKS = 2,
	RESOLVE_NO_SYMLINKS = 4,
	RESOLVE_BENEATH = 8,
	RESOLVE_IN_ROOT = 16,
	RESOLVE_CACHED = 32,
	RESOLVE_KNOWN = 63,
};

struct openat2_call {
	struct co co;
	u64 how_at, bytes;
	struct open_how how;
	struct op op;
};

static u32 walk_of(u64 resolve)
{
	u32 walk = 0;

	if (resolve & RESOLVE_NO_XDEV)
		walk |= PATH_NO_MOUNTS;
	if (resolve & RESOLVE_NO_MAGICLINKS)
		walk |= PATH_NO_MAGIC;
	if (resolve & RESOLVE_NO_SYMLINKS)
		walk |= PATH_NO_LINKS;
	if (resolve & RESOLVE_BENEATH)
		walk |= PATH_BENEATH;
	if (resolve & RESOLVE_IN_ROOT)
		walk |= PATH_IN_ROOT;
	return walk;
}

static long how_check(const struct open_how *how)
{
	if (how->flags & ~(u64)open_known_flags((u32)how->flags))
		return -EINVAL;
	if (how->mode & ~(u64)(how->flags & O_CREAT ? 07777 : 0))
		return -EINVAL;
	if (how->resolve & ~(u64)RESOLVE_KNOWN || !(~how->resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)))
		return -EINVAL;
	/* nobody knows beforehand whether a walk would have to wait */
	return how->resolve & RESOLVE_CACHED ? -EAGAIN : 0;
}

CO_STEP(openat2_call)
{
	CO_FRAME(openat2_call);
	long err;

	CO_BEGIN;
	AWAIT(err, user_read_struct(co, user_space_of(co), &f->how, sizeof(f->how), f->how_at, f->bytes));
	if (!err)
		err = how_check(&f->how);
	if (err)
		CO_RETURN(err);
	f->op.flags = (u32)f->how.flags;
	f->op.mode = (u32)f->how.mode;
	f->op.length = walk_of(f->how.resolve);
	AWAIT(err, op_openat(co, &f->op));
	CO_RETURN(err);
	CO_END;
}

long sys_openat2(struct co *caller, const u64 *args)
{
	if (args[3] < sizeof(struct open_how))
		return -EINVAL;
	return CO_CALL(openat2_call, caller, .how_at = args[2], .bytes = args[3],
		       .op = { .code = OP_OPENAT, .fd = (s32)args[0], .address = args[1] });
}
