/* twodoors.c - the same operation through the system call and through the ring, with the same arguments, good and
 * bad: the same result, the same bytes, the same position of the file.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/data.h"
#include "user/test/ring.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { BYTES = 8192, PAGE = 4096 };

static struct io_uring ring;
static u8 buffer[BYTES], first[BYTES];
static char *read_only, *unmapped;
static int reader, temporary, writer, directory, closed = 999;

static long result(long ret)
{
	return ret < 0 ? -errno : ret;
}

/* Moving bytes: one good request, and each argument bad in turn. */
struct transfer {
	const int *fd;
	void *address;
	unsigned bytes;
	s64 offset; /* -1: the file's own position */
};

enum { TRANSFERS = 20 };

static unsigned transfers_make(struct transfer *list, const int *good)
{
	const struct transfer all[] = {
		{ good, buffer, 100, 0 },
		{ good, buffer, BYTES, 5000 },
		{ good, buffer, 1, DATA_BYTES - 1 },
		{ good, buffer, 100, DATA_BYTES - 10 },
		{ good, buffer, 100, DATA_BYTES },
		{ good, buffer, 0, 0 },
		{ good, buffer, 50, -1 },
		{ good, buffer, 50, -1 },
		{ good, buffer, 10, -2 },
		{ good, buffer, 10, INT64_MIN },
		{ good, NULL, 10, 0 },
		{ good, NULL, 0, 0 },
		{ good, unmapped, 10, 0 },
		{ good, (void *)-4096, 10, 0 },
		{ &closed, buffer, 10, 0 },
		{ &directory, buffer, 10, 0 },
		{ &writer, buffer, 10, 0 },
		{ &reader, buffer, 10, 3 },
	};

	memcpy(list, all, sizeof(all));
	return ARRAY_SIZE(all);
}

static long call_read(const struct transfer *t)
{
	return t->offset == -1 ? read(*t->fd, t->address, t->bytes) : pread(*t->fd, t->address, t->bytes, t->offset);
}

static long call_write(const struct transfer *t)
{
	return t->offset == -1 ? write(*t->fd, t->address, t->bytes) : pwrite(*t->fd, t->address, t->bytes, t->offset);
}

/* The vector: a third of the bytes, nothing, the rest. */
static struct iovec *vectors_of(const struct transfer *t)
{
	static struct iovec vectors[3];

	vectors[0] = (struct iovec){ t->address, t->bytes / 3 };
	vectors[1] = (struct iovec){ NULL, 0 };
	vectors[2] = (struct iovec){ (u8 *)t->address + t->bytes / 3, t->bytes - t->bytes / 3 };
	return vectors;
}

static long call_readv(const struct transfer *t)
{
	struct iovec *vectors = vectors_of(t);

	return t->offset == -1 ? readv(*t->fd, vectors, 3) : preadv(*t->fd, vectors, 3, t->offset);
}

static long call_writev(const struct transfer *t)
{
	struct iovec *vectors = vectors_of(t);

	return t->offset == -1 ? writev(*t->fd, vectors, 3) : pwritev(*t->fd, vectors, 3, t->offset);
}

static const struct door {
	const char *name;
	int opcode;
	bool vectored, writes;
	long (*call)(const struct transfer *);
} doors[] = {
	{ "read", IORING_OP_READ, false, false, call_read },
	{ "readv", IORING_OP_READV, true, false, call_readv },
	{ "write", IORING_OP_WRITE, false, true, call_write },
	{ "writev", IORING_OP_WRITEV, true, true, call_writev },
};

static void fill_buffer(void)
{
	for (size_t i = 0; i < BYTES; i++)
		buffer[i] = (u8)(i * 11);
}

/* The same state before both: a known buffer, positions at 1000, a file of 3000 bytes. */
static void reset(void)
{
	fill_buffer();
	CHECK_OK(ftruncate(temporary, 0));
	CHECK_EQ(pwrite(temporary, buffer, 3000, 0), 3000);
	CHECK_EQ(lseek(temporary, 1000, SEEK_SET), 1000);
	CHECK_EQ(lseek(reader, 1000, SEEK_SET), 1000);
}

struct state {
	off_t temporary_at, reader_at, size;
	u64 sum;
};

static struct state state_now(void)
{
	static u8 content[3 * BYTES];
	struct state state = { lseek(temporary, 0, SEEK_CUR), lseek(reader, 0, SEEK_CUR), lseek(temporary, 0, SEEK_END),
			       0 };
	ssize_t got = pread(temporary, content, sizeof(content), 0);

	for (ssize_t i = 0; i < got; i++)
		state.sum = state.sum * 31 + content[i];
	return state;
}

static void compare_transfer(const struct door *door, const struct transfer *t)
{
	struct io_uring_sqe *sqe;
	struct state by_call, by_ring;
	long called, ringed;

	reset();
	called = result(door->call(t));
	by_call = state_now();
	memcpy(first, buffer, BYTES);

	reset();
	sqe = ring_sqe(&ring);
	if (door->vectored)
		io_uring_prep_rw(door->opcode, sqe, *t->fd, vectors_of(t), 3, (u64)t->offset);
	else
		io_uring_prep_rw(door->opcode, sqe, *t->fd, t->address, t->bytes, (u64)t->offset);
	ringed = ring_run(&ring, sqe);
	by_ring = state_now();
	if (!CHECK_EQ(ringed, called) || !CHECK(!memcmp(first, buffer, BYTES)) ||
	    !CHECK(!memcmp(&by_call, &by_ring, sizeof(by_call))))
		check_note("%s fd %d, address %p, %u bytes, offset %lld", door->name, *t->fd, t->address, t->bytes,
			   (long long)t->offset);
}

static void check_transfers(void)
{
	struct transfer list[TRANSFERS];

	for (size_t d = 0; d < ARRAY_SIZE(doors); d++) {
		unsigned count = transfers_make(list, doors[d].writes ? &temporary : &reader);

		for (unsigned i = 0; i < count; i++)
			if (doors[d].writes ? list[i].offset < BYTES : true) /* no writes a mebibyte away */
				compare_transfer(&doors[d], &list[i]);
		if (!doors[d].writes)
			compare_transfer(&doors[d], &(struct transfer){ &reader, read_only, 10, 0 });
	}
}

static s32 run_fsync(int fd, unsigned flags)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_fsync(sqe, fd, flags);
	return ring_run(&ring, sqe);
}

static void check_fsync(void)
{
	int event = (int)REQUIRE_OK(eventfd(0, 0));
	const int fds[] = { temporary, reader, directory, closed, -1, event };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		CHECK_EQ(run_fsync(fds[i], 0), result(fsync(fds[i])));
		CHECK_EQ(run_fsync(fds[i], IORING_FSYNC_DATASYNC), result(fdatasync(fds[i])));
	}
	close(event);
}

static const struct name_row {
	const char *name; /* below the data directory, or a bad pointer */
	int flags;
} names[] = {
	{ "hello", O_RDONLY },
	{ "hello", O_RDONLY | O_DIRECTORY },
	{ "hello/x", O_RDONLY },
	{ "nothing", O_RDONLY },
	{ "", O_RDONLY },
	{ "link-rel", O_RDONLY },
	{ "link-rel", O_RDONLY | O_NOFOLLOW },
	{ "link-self", O_RDONLY },
	{ "chain-39", O_RDONLY },
	{ "chain-40", O_RDONLY },
	{ "void", O_RDONLY | O_DIRECTORY },
	{ "void", O_WRONLY },
	{ "hello", O_RDONLY | O_CREAT | O_EXCL },
	{ NULL, O_RDONLY },
	{ (const char *)-4096, O_RDONLY },
};

/* Which descriptor comes does not matter: it is opened, looked at, closed. */
static long opened(long fd)
{
	struct stat status;

	if (fd < 0)
		return fd;
	CHECK_OK(fstat((int)fd, &status));
	CHECK_OK(close((int)fd));
	return (long)status.st_ino;
}

static void check_openat(void)
{
	const int directories[] = { directory, reader, closed };

	for (size_t d = 0; d < ARRAY_SIZE(directories); d++)
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			struct io_uring_sqe *sqe = ring_sqe(&ring);

			io_uring_prep_openat(sqe, directories[d], names[i].name, names[i].flags, 0600);
			if (!CHECK_EQ(opened(ring_run(&ring, sqe)),
				      opened(result(openat(directories[d], names[i].name, names[i].flags, 0600)))))
				check_note("directory %zu, row %zu", d, i);
		}
}

static long ring_statx(int at, const char *name, int flags, unsigned mask, struct statx *status)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_statx(sqe, at, name, flags, mask, status);
	return ring_run(&ring, sqe);
}

static void check_statx(void)
{
	static const int flags[] = { 0, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, 1 << 25 };
	struct statx a, b;

	for (size_t f = 0; f < ARRAY_SIZE(flags); f++)
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			/* Of two mistakes either may be told; newer Linux takes NULL for "" in the call alone. */
			if ((flags[f] == 1 << 25 && i) || (flags[f] == AT_EMPTY_PATH && !names[i].name))
				continue;
			memset(&a, 0, sizeof(a));
			memset(&b, 0, sizeof(b));
			CHECK_EQ(ring_statx(directory, names[i].name, flags[f], STATX_BASIC_STATS, &b),
				 result(statx(directory, names[i].name, flags[f], STATX_BASIC_STATS, &a)));
			a.stx_atime = b.stx_atime;
			if (!CHECK(!memcmp(&a, &b, sizeof(a))))
				check_note("flags %#x, row %zu", flags[f], i);
		}
	CHECK_EQ(ring_statx(directory, "hello", 0, 1u << 31, &b), result(statx(directory, "hello", 0, 1u << 31, &a)));
	CHECK_EQ(ring_statx(directory, "hello", 0, 0, (void *)unmapped),
		 result(statx(directory, "hello", 0, 0, (void *)unmapped)));
	CHECK_EQ(ring_statx(closed, "hello", 0, 0, &b), result(statx(closed, "hello", 0, 0, &a)));
}

static void check_close(void)
{
	struct io_uring_sqe *sqe;

	for (int i = 0; i < 2; i++) { /* open, then closed already */
		int a = i ? 997 : (int)REQUIRE_OK(dup(reader)), b = i ? 997 : (int)REQUIRE_OK(dup(reader));

		sqe = ring_sqe(&ring);
		io_uring_prep_close(sqe, a);
		CHECK_EQ(ring_run(&ring, sqe), result(close(b)));
		CHECK_ERRNO(fcntl(a, F_GETFD), EBADF);
	}
}

/* A row of the table of operations cannot be added without a word here: is it compared above, or has it no second
 * door? */
static void check_complete(void)
{
	static const u8 known[] = { /* compared */ IORING_OP_READ,
				    IORING_OP_WRITE,
				    IORING_OP_READV,
				    IORING_OP_WRITEV,
				    IORING_OP_FSYNC,
				    IORING_OP_OPENAT,
				    IORING_OP_STATX,
				    IORING_OP_CLOSE,
				    /* rings only */ IORING_OP_NOP,
				    IORING_OP_TIMEOUT,
				    IORING_OP_TIMEOUT_REMOVE,
				    IORING_OP_ASYNC_CANCEL,
				    IORING_OP_POLL_ADD,
				    IORING_OP_POLL_REMOVE };
	static struct {
		struct io_uring_probe head;
		struct io_uring_probe_op ops[256];
	} probe;
	struct utsname name;
	unsigned supported = 0;

	if (uname(&name) || !strstr(name.release, "chime"))
		return; /* Linux has many more */
	REQUIRE_EQ(io_uring_register_probe(&ring, &probe.head, 256), 0);
	for (int i = 0; i <= probe.head.last_op; i++) {
		bool found = false;

		for (size_t k = 0; k < ARRAY_SIZE(known); k++)
			found |= known[k] == i;
		supported += probe.ops[i].flags & IO_URING_OP_SUPPORTED ? 1 : 0;
		if (!CHECK(found == !!(probe.ops[i].flags & IO_URING_OP_SUPPORTED)))
			check_note("operation %d", i);
	}
	CHECK_EQ(supported, ARRAY_SIZE(known));
}

int main(void)
{
	static const char path[] = "/tmp/twodoors";

	ring_make(&ring, 4);
	reader = (int)REQUIRE_OK(open(data_path("data"), O_RDONLY));
	temporary = (int)REQUIRE_OK(open(path, O_RDWR | O_CREAT | O_TRUNC, 0600));
	writer = (int)REQUIRE_OK(open(path, O_WRONLY));
	directory = (int)REQUIRE_OK(open(data_dir(), O_RDONLY | O_DIRECTORY));
	read_only = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(read_only != MAP_FAILED);
	unmapped = read_only + PAGE;
	CHECK_OK(munmap(unmapped, PAGE));
	check_transfers();
	check_fsync();
	check_openat();
	check_statx();
	check_close();
	check_complete();
	unlink(path);
	return check_done();
}
