/* ring-fuzz.c - random requests of every operation, with good and absurd fields mixed. Each gets at most one
 * completion, what cannot wait gets exactly one; memory that was not offered does not change; a ring with the rest in
 * flight can be closed.
 *
 * Seed: environment CHIME_SEED, printed.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/clean.h"
#include "user/test/data.h"
#include "user/test/random.h"
#include "user/test/ring.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096, ARENA_PAGES = 4, ENTRIES = 32, ROUNDS = 8, BATCHES = 12 };

static const u8 opcodes[] = {
	IORING_OP_NOP,
	IORING_OP_READ,
	IORING_OP_READV,
	IORING_OP_WRITE,
	IORING_OP_WRITEV,
	IORING_OP_FSYNC,
	IORING_OP_CLOSE,
	IORING_OP_OPENAT,
	IORING_OP_STATX,
	IORING_OP_TIMEOUT,
	IORING_OP_TIMEOUT_REMOVE,
	IORING_OP_POLL_ADD,
	IORING_OP_POLL_REMOVE,
	IORING_OP_ASYNC_CANCEL,
	200,
	255,
};

static const char base[] = "/tmp/ring-fuzz";
static char *arena; /* the last page is read-only, after it PROT_NONE */
static u8 witness[2 * PAGE];
static int descriptors[8], opened[64];
static unsigned opened_count;
static struct io_uring ring;
static u8 completed[ROUNDS * BATCHES * ENTRIES];
static bool opens[ROUNDS * BATCHES * ENTRIES];
static u32 issued;

static u64 number(void)
{
	static const u64 odd[] = { 0,	       0,	   1,	       2,	   8,	       100,   4096,
				   0x7fffffff, 0x80000000, 0xffffffff, 1ull << 40, 1ull << 62, -1ull, -2ull };

	return random_below(3) ? odd[random_below(ARRAY_SIZE(odd))] : random_next() >> random_below(64);
}

static u64 pointer(void)
{
	static const u64 odd[] = { 0, 1, -1ull, -4096ull, 1ull << 62, 1ull << 38 };

	return random_below(4) ? (uintptr_t)arena + random_below(ARENA_PAGES * PAGE + 100)
			       : odd[random_below(ARRAY_SIZE(odd))];
}

/* Paths, times and vectors stand at known places of the arena's first page, so that some requests are good ones. */
static void arena_fill(void)
{
	struct __kernel_timespec *times = (void *)(arena + 512);
	struct iovec *vectors = (void *)(arena + 1024);

	memset(arena, 0, PAGE);
	strcpy(arena, "a");
	strcpy(arena + 16, "b/c");
	times[0] = (struct __kernel_timespec){ .tv_nsec = 1000 };
	times[1] = (struct __kernel_timespec){ .tv_nsec = 3000000 };
	times[2] = (struct __kernel_timespec){ .tv_sec = -1 };
	vectors[0] = (struct iovec){ arena + 2 * PAGE, 100 };
	vectors[1] = (struct iovec){ arena + 3 * PAGE - 10, 200 };
	vectors[2] = (struct iovec){ (void *)-4096, 10 };
}

static u64 address_for(u8 opcode)
{
	if (random_below(3) == 0) {
		/* Vectors are read at multiples of 8: bytes of two fields in one could make an address of our own
		 * data. */
		bool vector = opcode == IORING_OP_READV || opcode == IORING_OP_WRITEV;

		return vector ? pointer() & ~7ul : pointer();
	}
	switch (opcode) {
	case IORING_OP_OPENAT:
	case IORING_OP_STATX:
		return (uintptr_t)arena + 16 * random_below(3);
	case IORING_OP_TIMEOUT:
		return (uintptr_t)arena + 512 + 16 * random_below(4);
	case IORING_OP_READV:
	case IORING_OP_WRITEV:
		return (uintptr_t)arena + 1024 + 16 * random_below(3);
	case IORING_OP_TIMEOUT_REMOVE:
	case IORING_OP_POLL_REMOVE:
	case IORING_OP_ASYNC_CANCEL:
		return random_below(issued + 1);
	default:
		return (uintptr_t)arena + PAGE + random_below(PAGE);
	}
}

static void prepare(void)
{
	static const u8 flags[] = { 0, 0, 0, 0, 0, 0, IOSQE_ASYNC, IOSQE_FIXED_FILE, IOSQE_BUFFER_SELECT, 1 << 7 };
	struct io_uring_sqe *sqe = ring_sqe(&ring);
	u8 opcode = opcodes[random_below(ARRAY_SIZE(opcodes))];

	*sqe = (struct io_uring_sqe){
		.opcode = opcode,
		.flags = flags[random_below(ARRAY_SIZE(flags))],
		.fd = descriptors[random_below(ARRAY_SIZE(descriptors))],
		/* of statx it is where the answer goes: not into our own data */
		.off = opcode == IORING_OP_STATX ? pointer()
		       : random_below(2)	 ? number()
						 : random_below(DATA_BYTES),
		.addr = address_for(opcode),
		.len = (u32)(random_below(2) ? random_below(4) : number()),
		.rw_flags = random_below(4) ? 0 : (u32)number(),
		.ioprio = random_below(16) ? 0 : (u16)number(),
		.buf_index = random_below(16) ? 0 : (u16)number(),
		.personality = random_below(16) ? 0 : (u16)number(),
		.file_index = random_below(16) ? 0 : (u32)number(),
		.user_data = issued,
	};
	if (opcode == IORING_OP_OPENAT) /* no device nor terminal may be opened, and O_PATH is another matter */
		sqe->open_flags &= O_ACCMODE | O_CREAT | O_TRUNC | O_DIRECTORY | O_CLOEXEC | 1u << 30;
	if (opcode == IORING_OP_POLL_ADD ||
	    opcode == IORING_OP_POLL_REMOVE) /* no second completion, no new user data */
		sqe->len &= ~(u32)(IORING_POLL_ADD_MULTI | IORING_POLL_UPDATE_USER_DATA);
	if (opcode == IORING_OP_TIMEOUT)
		sqe->timeout_flags &= ~(u32)IORING_TIMEOUT_MULTISHOT;
	if (opcode == IORING_OP_NOP)
		sqe->nop_flags &= ~1u; /* newer Linux: complete with what stands in len */
	opens[issued++] = opcode == IORING_OP_OPENAT;
}

static void take(const struct io_uring_cqe *cqe)
{
	REQUIRE(cqe->user_data < issued);
	CHECK_EQ(completed[cqe->user_data], 0);
	completed[cqe->user_data] = 1;
	if (!CHECK(cqe->res > -4096))
		check_note("request %llu: %d", (unsigned long long)cqe->user_data, cqe->res);
	if (opens[cqe->user_data] && cqe->res >= 0 && CHECK(opened_count < ARRAY_SIZE(opened)))
		opened[opened_count++] = cqe->res;
}

static void open_all(void)
{
	descriptors[0] = (int)REQUIRE_OK(open("a", O_RDWR | O_CREAT | O_TRUNC, 0600));
	descriptors[1] = (int)REQUIRE_OK(open(data_path("data"), O_RDONLY));
	descriptors[2] = (int)REQUIRE_OK(open(base, O_RDONLY | O_DIRECTORY));
	descriptors[3] = (int)REQUIRE_OK(eventfd(1, 0));
	descriptors[4] = (int)REQUIRE_OK(eventfd(0, EFD_NONBLOCK));
	descriptors[5] = -1;
	descriptors[6] = 999;
	descriptors[7] = AT_FDCWD;
}

static void close_all(void)
{
	for (int i = 0; i < 5; i++)
		close(descriptors[i]); /* a request may have done so */
	while (opened_count)
		close(opened[--opened_count]);
}

static void round_run(int round)
{
	static const u32 kinds[] = {
		0,
		IORING_SETUP_SINGLE_ISSUER,
		IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
		IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
	};

	open_all();
	REQUIRE_OK(io_uring_queue_init(ENTRIES, &ring, kinds[(u32)round % ARRAY_SIZE(kinds)]));
	for (int batch = 0; batch < BATCHES; batch++) {
		arena_fill();
		for (int i = 0; i < ENTRIES; i++)
			prepare();
		/* A request that is refused ends a batch: submit until all are taken. */
		for (int tries = 0; tries <= ENTRIES && io_uring_sq_ready(&ring); tries++)
			CHECK_OK(io_uring_submit(&ring));
		CHECK_EQ(io_uring_sq_ready(&ring), 0);
		for (struct io_uring_cqe *cqe; !io_uring_peek_cqe(&ring, &cqe);) {
			take(cqe);
			io_uring_cqe_seen(&ring, cqe);
		}
	}
	io_uring_queue_exit(&ring);
	close_all();
}

int main(void)
{
	random_init();
	ring_make(&ring, 1); /* or skip */
	io_uring_queue_exit(&ring);
	REQUIRE(!mkdir(base, 0700) || errno == EEXIST);
	REQUIRE_OK(chdir(base));
	for (size_t i = 0; i < sizeof(witness); i++)
		witness[i] = (u8)(i * 7);
	arena = mmap(NULL, (ARENA_PAGES + 1) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(arena != MAP_FAILED);
	CHECK_OK(mprotect(arena + (ARENA_PAGES - 1) * PAGE, PAGE, PROT_READ));
	CHECK_OK(mprotect(arena + ARENA_PAGES * PAGE, PAGE,
			  PROT_NONE)); /* not unmapped: a ring would come to lie there */
	for (int round = 0; round < ROUNDS; round++)
		round_run(round);
	for (size_t i = 0; i < sizeof(witness); i++)
		if (witness[i] != (u8)(i * 7))
			CHECK_EQ(i, -1);
	clean_here(0); /* also what has a name of random bytes */
	CHECK_OK(chdir("/"));
	CHECK_OK(rmdir(base));
	return check_done();
}
