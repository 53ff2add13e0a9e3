/* read-paths.c - every way to read, at the same random place into the same random memory: the same count or error, the
 * same bytes, the same position. A read whose pages are all there is answered without waiting, any other begins again
 * as one that waits, and neither the caller nor the ring may tell them apart.
 *
 *     memory   [ writable | untouched | writable | read-only | nothing | writable ]
 *
 * Seed: environment CHIME_SEED, printed.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/data.h"
#include "user/test/random.h"
#include "user/test/ring.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 6, MEMORY = PAGES * PAGE, UNTOUCHED = 1, READ_ONLY = 3, NOTHING = 4, ROUNDS = 150 };
#define PATH "/tmp/read-paths"
enum { TMP_HOLE = 2 * PAGE, TMP_BYTES = 5 * PAGE + 77 };

static struct io_uring ring;
static u8 *memory, expected[MEMORY];

/* Files, and what byte OFFSET of each must be. */
static u8 tmp_byte(u64 offset)
{
	return offset / PAGE == TMP_HOLE / PAGE ? 0 : data_byte(9, offset);
}

static u8 disk_byte(u64 offset)
{
	return data_byte(SEED_DATA, offset);
}

static u8 zero_byte(u64 offset)
{
	return offset & 0;
}

struct source {
	int fd;
	u64 bytes;
	u8 (*byte)(u64 offset);
};

struct request {
	const struct source *source;
	u8 *address;
	u64 bytes, at;
};

static long answer(long ret)
{
	return ret < 0 ? -errno : ret;
}

static long by_pread(const struct request *r)
{
	return answer(pread(r->source->fd, r->address, r->bytes, (off_t)r->at));
}

static long by_preadv(const struct request *r)
{
	struct iovec vector = { r->address, r->bytes };

	return answer(preadv(r->source->fd, &vector, 1, (off_t)r->at));
}

/* What a ring's read has come to. On Linux it may end before a page of memory that must be brought in: then the rest is
 * read, too. */
static long whole(const struct request *r, long result)
{
	struct utsname name;
	long more;

	if (result <= 0 || (u64)result == r->bytes || uname(&name) || strstr(name.release, "chime"))
		return result;
	more = pread(r->source->fd, r->address + result, r->bytes - (u64)result, (off_t)r->at + result);
	return more > 0 ? result + more : result;
}

static long by_ring(const struct request *r)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	io_uring_prep_read(sqe, r->source->fd, r->address, (unsigned)r->bytes, r->at);
	return whole(r, ring_run(&ring, sqe));
}

/* The position goes behind what was read, whether that was all or not; but on Linux a ring's read that ended at a fault
 * leaves it alone. */
static long moved(const struct request *r, long result, bool ring)
{
	u64 position = (u64)lseek(r->source->fd, 0, SEEK_CUR), behind = r->at + (result > 0 ? (u64)result : 0);

	if (r->source->byte != zero_byte && !(ring && position == r->at && (u64)result < r->bytes))
		CHECK_EQ(position, behind);
	return result;
}

static long by_read(const struct request *r)
{
	lseek(r->source->fd, (off_t)r->at, SEEK_SET);
	return moved(r, answer(read(r->source->fd, r->address, r->bytes)), false);
}

static long by_ring_read(const struct request *r)
{
	struct io_uring_sqe *sqe = ring_sqe(&ring);

	lseek(r->source->fd, (off_t)r->at, SEEK_SET);
	io_uring_prep_read(sqe, r->source->fd, r->address, (unsigned)r->bytes, -1);
	return whole(r, moved(r, ring_run(&ring, sqe), true));
}

static const struct way {
	const char *name;
	long (*read)(const struct request *);
} ways[] = {
	{ "pread", by_pread }, { "preadv", by_preadv },	      { "ring", by_ring },
	{ "read", by_read },   { "ring read", by_ring_read },
};

/* Bytes that fit before the first page that is read-only or not there. */
static u64 bytes_writable(const struct request *r)
{
	u64 at = (u64)(r->address - memory);

	if (at / PAGE == READ_ONLY || at / PAGE == NOTHING)
		return 0;
	return (at < READ_ONLY * PAGE ? READ_ONLY * PAGE : MEMORY) - at;
}

/* The result; and the bytes of the whole memory afterwards in `expected`, but for those behind a short read. */
static long expect(const struct request *r)
{
	u64 left = r->at < r->source->bytes ? r->source->bytes - r->at : 0;
	u64 count = min(min(r->bytes, left), bytes_writable(r));

	for (u64 i = 0; i < count; i++)
		expected[r->address - memory + i] = r->source->byte(r->at + i);
	return !count && min(r->bytes, left) ? -EFAULT : (long)count;
}

static void memory_reset(void)
{
	CHECK_OK(mprotect(memory + READ_ONLY * PAGE, PAGE, PROT_READ | PROT_WRITE));
	for (int i = 0; i < PAGES; i++)
		if (i != NOTHING)
			memset(memory + i * PAGE, 0, PAGE);
	CHECK_OK(madvise(memory + UNTOUCHED * PAGE, PAGE, MADV_DONTNEED));
	CHECK_OK(mprotect(memory + READ_ONLY * PAGE, PAGE, PROT_READ));
	memset(expected, 0, sizeof(expected));
}

static bool memory_is_expected(void)
{
	return !memcmp(memory, expected, NOTHING * PAGE) &&
	       !memcmp(memory + (NOTHING + 1) * PAGE, expected + (NOTHING + 1) * PAGE, PAGE);
}

static void compare(const struct request *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		memory_reset();
		if (!CHECK_EQ(ways[i].read(r), expect(r)) || !CHECK(memory_is_expected()))
			check_note("%s, file %d, memory +%ld, %lu bytes at %lu", ways[i].name, r->source->fd,
				   (long)(r->address - memory), (unsigned long)r->bytes, (unsigned long)r->at);
	}
}

/* Often whole pages, ends of pages, the end of the file, nothing. */
static u64 random_size(u64 limit)
{
	static const u64 sizes[] = { 0, 1, 8, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE };
	u64 size = random_below(2) ? sizes[random_below(ARRAY_SIZE(sizes))] : random_below(limit);

	return min(size, limit - 1);
}

static void compare_random(const struct source *source)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct request r = { source, memory + random_size(MEMORY), 0, random_size(8 * PAGE) };

		r.bytes = random_size((u64)(memory + MEMORY - r.address) + 1);
		if (random_below(4) == 0 && source->byte != zero_byte)
			r.at = source->bytes - min(source->bytes, random_below(100));
		compare(&r);
	}
}

/* What is refused says why, by every way. */
static void check_refused(void)
{
	const struct source write_only = { (int)REQUIRE_OK(open(PATH, O_WRONLY)), 0, zero_byte };
	const struct source directory = { (int)REQUIRE_OK(open("/tmp", O_RDONLY)), 0, zero_byte };
	const struct source none = { 900, 0, zero_byte };

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		CHECK_EQ(ways[i].read(&(struct request){ &write_only, memory, 1, 0 }), -EBADF);
		CHECK_EQ(ways[i].read(&(struct request){ &directory, memory, 1, 0 }), -EISDIR);
		CHECK_EQ(ways[i].read(&(struct request){ &none, memory, 1, 0 }), -EBADF);
	}
	close(write_only.fd);
	close(directory.fd);
}

static void check_files(void)
{
	const struct source disk = { (int)REQUIRE_OK(open(data_path("data"), O_RDONLY)), DATA_BYTES, disk_byte };
	const int made = (int)REQUIRE_OK(open(PATH, O_RDWR | O_CREAT | O_TRUNC, 0600));
	const struct source tmp = { made, TMP_BYTES, tmp_byte };
	const struct source zero = { (int)REQUIRE_OK(open("/dev/zero", O_RDONLY)), UINT64_MAX, zero_byte };
	static u8 content[TMP_BYTES];

	for (u64 i = 0; i < TMP_BYTES; i++)
		content[i] = tmp_byte(i);
	CHECK_EQ(pwrite(tmp.fd, content, TMP_HOLE, 0), TMP_HOLE);
	CHECK_EQ(pwrite(tmp.fd, content + TMP_HOLE + PAGE, TMP_BYTES - TMP_HOLE - PAGE, TMP_HOLE + PAGE),
		 TMP_BYTES - TMP_HOLE - PAGE);
	compare_random(&disk);
	compare_random(&tmp);
	compare_random(&zero);
	check_refused();
	close(disk.fd);
	close(tmp.fd);
	close(zero.fd);
}

int main(void)
{
	random_init();
	ring_make(&ring, 4);
	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(memory != MAP_FAILED);
	CHECK_OK(munmap(memory + NOTHING * PAGE, PAGE));
	check_files();
	unlink(PATH);
	return check_done();
}
