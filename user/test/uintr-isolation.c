/* uintr-isolation.c - a thread in VS-mode tries everything that is not its own: each try is refused with a signal, or
 * harmless.
 *
 * machines: aia h crowd
 * oracle: none
 */
#define _GNU_SOURCE
#include "kernel/abi/syscalls.h"
#include "user/lib/uintr.h"

#include "user/test/check.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

enum { RA = 1 };

static u32 *code;	    /* a page to write instructions to, and to execute */
static volatile int caught; /* the last signal */
static u32 misplaced;	    /* of instructions there that were refused: said to be elsewhere, or something else */

/* The instruction is skipped; a jump to nowhere returns to its caller. */
static void on_fault(int number, siginfo_t *info, void *context)
{
	unsigned long *registers = ((ucontext_t *)context)->uc_mcontext.__gregs;

	caught = number;
	if (number == SIGILL && ((u64)info->si_addr != registers[REG_PC] || info->si_code != ILL_ILLOPC ||
				 (u64)info->si_addr / 4096 != (u64)code / 4096))
		misplaced++;
	if (registers[REG_PC] == (u64)info->si_addr && number == SIGSEGV)
		registers[REG_PC] = registers[RA];
	else
		registers[REG_PC] += 4;
}

/* Execute INSTRUCTION, then RESTORE, with A and B in a0 and a1: a0 afterwards; the signal in caught, 0: none. */
static u64 try_two(u32 instruction, u32 restore, u64 a, u64 b)
{
	enum { NOP = 0x13, RET = 0x8067 };

	code[0] = instruction;
	code[1] = restore ? restore : NOP;
	code[2] = RET;
	fence_code();
	caught = 0;
	return ((u64(*)(u64, u64))(void *)code)(a, b);
}

static u64 try_one(u32 instruction, u64 a, u64 b)
{
	return try_two(instruction, 0, a, b);
}

#define CHECK_CAUGHT(instruction, a, b, signal)                                        \
	do {                                                                           \
		try_one(instruction, a, b);                                            \
		if (!CHECK_EQ(caught, signal))                                         \
			check_note("instruction %08x, a0 %lx", instruction, (u64)(a)); \
	} while (0)

/* --- control and status registers --- */

#define CSRR(csr)    ((u32)(csr) << 20 | 0x2573)  /* csrr a0, csr */
#define CSRRW_B(csr) ((u32)(csr) << 20 | 0x59573) /* csrrw a0, csr, a1 */
#define CSRW(csr)    ((u32)(csr) << 20 | 0x51073) /* csrw csr, a0 */

enum { SATP = 0x180, SSTATUS = 0x100, SCOUNTEREN = 0x106, SENVCFG = 0x10a, SISELECT = 0x150, SIREG = 0x151 };

/* The thread's own, and what every program has. */
static bool is_ours(u32 csr)
{
	static const u16 ours[] = {
		0x001, 0x002, 0x003, 0x100, 0x104, 0x105, 0x106, 0x10a, 0x10c, 0x10d, 0x10e, 0x10f, 0x140,
		0x141, 0x142, 0x143, 0x144, 0x14d, 0x150, 0x151, 0x15c, 0xc00, 0xc01, 0xc02, 0xdb0,
	};

	for (u32 i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (ours[i] == csr)
			return true;
	return false;
}

static void check_registers(void)
{
	static const u64 values[] = { 0, ~0ul };

	for (u32 csr = 0; csr < 4096; csr++) {
		if (csr == SATP || (csr & 0xff0) == 0x7b0) /* debug mode's registers are the machine's own affair */
			continue;
		try_one(CSRR(csr), 0, 0);
		if (!is_ours(csr) && !CHECK_EQ(caught, SIGILL))
			check_note("csrr %03x", csr);
		for (u32 i = 0; i < 2; i++) {
			try_two(CSRRW_B(csr), CSRW(csr), 0, values[i]);
			if (!is_ours(csr) && !CHECK_EQ(caught, SIGILL))
				check_note("csrw %03x, %lx", csr, values[i]);
		}
	}
	/* QEMU 7.2 lets satp through: all that it can do is to take memory away from the thread itself, until its next
	 * visit to the kernel */
	for (u64 mode = 0; mode < 16; mode++) {
		try_two(CSRRW_B(SATP), CSRW(SATP), 0, mode << 60 | 0x80200);
		CHECK(caught == 0 || caught == SIGILL || caught == SIGSEGV);
	}
	/* every register behind siselect is the own file's, or there is none */
	for (u64 select = 0; select < 256; select++) {
		try_one(CSRW(SISELECT), select, 0);
		try_two(CSRRW_B(SIREG), CSRW(SIREG), 0, ~0ul);
		CHECK(caught == 0 || caught == SIGILL);
	}
}

/* --- instructions --- */

static void check_instructions(void)
{
	static const struct {
		u32 instruction;
		int signal;
	} rows[] = {
		{ 0x62000073, SIGILL }, /* hfence.gvma */
		{ 0x22000073, SIGILL }, /* hfence.vvma */
		{ 0x12b50073, SIGILL }, /* sfence.vma a0, a1 */
		{ 0x60054573, SIGILL }, /* hlv.b a0, (a0) */
		{ 0x6c054573, SIGILL }, /* hlv.d */
		{ 0x64354573, SIGILL }, /* hlvx.hu */
		{ 0x6eb54073, SIGILL }, /* hsv.d a1, (a0) */
		{ 0x30200073, SIGILL }, /* mret */
		{ 0x00000000, SIGILL },
	};

	for (u32 i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_CAUGHT(rows[i].instruction, (u64)code, 0, rows[i].signal);
}

/* UINTR_FAULT with registers that say anything: a signal of the thread's own at most. */
static void check_told(void)
{
	static const u64 causes[] = {
		0, 1, 2, 3, 5, 7, 8, 9, 10, 12, 20, 22, 24, 63, 64, BIT(63) | 5, BIT(63) | 9, ~0ul,
	};

	code[0] = UINTR_FAULT;
	code[1] = 0; /* where the exception is said to have been */
	code[2] = 0x8067;
	fence_code();
	for (u32 i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		caught = 0;
		__asm__ volatile("csrw sepc, %0\n csrw scause, %1\n csrw stval, zero" ::"r"(code + 1), "r"(causes[i]));
		((void (*)(void))(void *)code)();
		CHECK(caught == SIGILL || caught == SIGSEGV || caught == SIGBUS);
	}
	uintr_clui(); /* what was forged may have said otherwise */
}

/* sret with SPP = 0: VU-mode, still the same thread in the same memory; a system call (here
 * uintr_wait, as a poll) brings it back. */
static void check_lower_mode(void)
{
	u64 result, status = 0;

	caught = 0;
	__asm__ volatile("li t0, 0x100\n csrc sstatus, t0\n la t0, 1f\n csrw sepc, t0\n sret\n"
			 "1: li a0, 1\n li a7, 1006\n ecall\n mv %0, a0\n csrr %1, sstatus"
			 : "=r"(result), "=r"(status)::"t0", "a0", "a7", "memory");
	CHECK_EQ(result, 0);
	CHECK(status && !caught);
}

/* --- memory --- */

#define LOAD  0x00053503 /* ld a0, 0(a0) */
#define STORE 0x00b53023 /* sd a1, 0(a0) */
#define JUMP  0x00050067 /* jr a0 */

static void check_memory(void)
{
	static const u64 addresses[] = {
		0x80000000,	    0x80200000,		0x10000000,
		0x28000000,	    0x28001000,		0x0c000000,	    /* physical */
		0xffffffc080200000, 0xffffffc028000000, 0xffffffffffff0000, /* the kernel's */
		1ul << 38,	    1ul << 39,		1ul << 40,
		1ul << 41,	    1ul << 63,		UINTR_WINDOWS + 0x100000,
	};

	for (u32 i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		CHECK_CAUGHT(LOAD, addresses[i], 0, SIGSEGV);
		CHECK_CAUGHT(STORE, addresses[i], 0, SIGSEGV);
		CHECK_CAUGHT(JUMP, addresses[i], 0, SIGSEGV);
	}
	CHECK_CAUGHT(STORE, (u64)check_memory & ~7ul, 0, SIGSEGV);
}

/* --- windows --- */

static u64 seen;

static void handler(u64 vectors)
{
	store_relaxed(&seen, load_relaxed(&seen) | vectors);
}

/* Stores of every size, place and value to a window: an interrupt that is enabled there, or nothing, or a signal. */
static void check_window(int index)
{
	static const u32 stores[] = { 0x00b50023, 0x00b51023, 0x00b52023, 0x00b53023 };
	static const u64 values[] = { 0, 1, 63, 64, 127, 128, 255, 256, 2047, 0x40000040, ~0ul };
	u64 page = UINTR_WINDOWS + (u64)((index >> 6) & 63) * 4096;
	u64 *leaked = (u64 *)page;

	for (u32 size = 0; size < 4; size++)
		for (u64 offset = 0; offset < 4096; offset += offset < 32 ? 1 : 508)
			for (u32 i = 0; i < sizeof(values) / sizeof(values[0]); i++)
				try_one(stores[size], page + offset, values[i]);
	CHECK_EQ(load_relaxed(&seen) & ~(BIT(0) | BIT(63)), 0);
	CHECK(load_relaxed(&seen) & BIT(0));
	CHECK_EQ(*(volatile u32 *)leaked, 0); /* nothing can be read there */
	/* the kernel does not store there for us */
	CHECK_ERRNO(read(STDIN_FILENO, (void *)page, 4), EFAULT);
	CHECK_ERRNO(write(STDOUT_FILENO, (void *)page, 4), EFAULT);
	CHECK(munmap((void *)page, 4096) < 0);
	CHECK(mprotect((void *)page, 4096, PROT_READ | PROT_EXEC) < 0);
	CHECK(mmap((void *)page, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED);
}

/* --- windows to threads that have no interrupt file just now --- */

enum { RECEIVERS = 5 }; /* on one hart, which has fewer files */

static struct receiver {
	pthread_t thread;
	int fd;
	u64 seen;
	u32 over;
} receivers[RECEIVERS];
static __thread struct receiver *my_receiver;
static pthread_barrier_t ready;

static void receiver_handler(u64 vectors)
{
	store_release(&my_receiver->seen, my_receiver->seen | vectors);
}

static void go_to_first(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	CHECK_OK(sched_setaffinity(0, sizeof(set), &set));
}

static void *receive(void *argument)
{
	my_receiver = argument;
	go_to_first();
	REQUIRE(!uintr_register_handler(receiver_handler, UINTR_DIRECT));
	CHECK(uintr_is_direct());
	my_receiver->fd = (int)REQUIRE_OK(uintr_create_fd(0));
	pthread_barrier_wait(&ready);
	uintr_clui();
	while (!load_acquire(&my_receiver->over)) {
		uintr_wait();
		uintr_stui();
		uintr_clui();
	}
	uintr_stui();
	CHECK_OK(uintr_unregister_handler());
	return NULL;
}

static void store_by_stack_pointer(u64 page, u64 value)
{
	__asm__ volatile("mv t0, sp\n mv sp, %0\n .option push\n .option rvc\n c.swsp %1, 0(sp)\n .option pop\n"
			 "mv sp, t0" ::"r"(page),
			 "r"(value)
			 : "t0", "memory");
}

/* The kernel carries these stores out: as with a file, four bytes at the start are an interrupt, everything else is
 * nothing, or a signal. */
static void store_to_receiver(u64 page)
{
	static const struct {
		u32 instruction;
		int signal;
	} stores[] = {
		{ 0x00b52023, 0 },	 /* sw a1, 0(a0) */
		{ 0x0001c10c, 0 },	 /* c.sw a1, 0(a0); c.nop */
		{ 0x00b50023, SIGSEGV }, /* sb */
		{ 0x00b51023, SIGSEGV }, /* sh */
		{ 0x00b53023, SIGSEGV }, /* sd */
	};
	static const u64 values[] = { 0, 1, 63, 128, 255, 256, 2047, ~0ul, 0x40000040 };

	for (u32 i = 0; i < sizeof(stores) / sizeof(stores[0]); i++)
		for (u32 v = 0; v < sizeof(values) / sizeof(values[0]); v++)
			for (u64 offset = 0; offset < 4096; offset += offset < 8 ? 4 : 1020) {
				if (offset % 8 && stores[i].instruction == 0x00b53023)
					continue;
				try_one(stores[i].instruction, page + offset, values[v]);
				if (!CHECK(caught == 0 || caught == stores[i].signal || caught == SIGBUS))
					check_note("%08x, value %lx at %lx", stores[i].instruction, values[v], offset);
			}
	for (u64 offset = 4; offset < 4096; offset += 4)
		try_one(0x00b52023, page + offset, 64);
}

static void check_parked_windows(void)
{
	int index[RECEIVERS];
	u64 page;

	go_to_first();
	pthread_barrier_init(&ready, NULL, RECEIVERS + 1);
	for (int i = 0; i < RECEIVERS; i++)
		REQUIRE(!pthread_create(&receivers[i].thread, NULL, receive, &receivers[i]));
	pthread_barrier_wait(&ready);
	usleep(3000); /* they wait */
	for (int i = 0; i < RECEIVERS; i++) {
		index[i] = (int)REQUIRE_OK(uintr_register_sender(receivers[i].fd));
		REQUIRE(index[i] >= UINTR_WINDOW);
		store_to_receiver(UINTR_WINDOWS + (u64)((index[i] >> 6) & 63) * 4096);
	}
	usleep(3000);
	for (int i = 0; i < RECEIVERS; i++)
		CHECK_EQ(load_acquire(&receivers[i].seen), 0);
	for (int i = 0; i < RECEIVERS; i++) {
		page = UINTR_WINDOWS + (u64)((index[i] >> 6) & 63) * 4096;
		store_release(&receivers[i].over, 1u);
		try_one(0x00b52023, page, 64);
		CHECK_EQ(caught, 0);
		try_one(0x0001c10c, page, 65);
		CHECK_EQ(caught, 0);
		store_by_stack_pointer(page, 127);
	}
	for (int i = 0; i < RECEIVERS; i++) {
		pthread_join(receivers[i].thread, NULL);
		CHECK_EQ(receivers[i].seen & ~(BIT(0) | BIT(1) | BIT(63)), 0);
		CHECK(receivers[i].seen & BIT(0));
		CHECK_OK(uintr_unregister_sender(index[i]));
		close(receivers[i].fd);
	}
	pthread_barrier_destroy(&ready);
}

/* Rights that nobody gave: windows that are not there, numbers that are made up. */
static void check_forged(void)
{
	for (u64 slot = 0; slot < UINTR_WINDOW_COUNT; slot++)
		CHECK_CAUGHT(0x00b52023, UINTR_WINDOWS + slot * 4096, 64, SIGSEGV);
	CHECK_CAUGHT(0x00b52023, UINTR_WINDOWS + UINTR_WINDOW_COUNT * 4096ul, 64, SIGSEGV);
	CHECK_CAUGHT(0x00b52023, UINTR_WINDOWS - 4096, 64, SIGSEGV);
	for (int bit = 6; bit < 31; bit++) {
		CHECK_EQ(senduipi(1 << bit), -EBADF);
		CHECK_EQ(uintr_unregister_sender(1 << bit), -EBADF);
		CHECK_EQ(senduipi(UINTR_WINDOW | 1 << bit), -EBADF);
		CHECK_EQ(uintr_unregister_sender(UINTR_WINDOW | 1 << bit), -EBADF);
	}
	CHECK_EQ(senduipi(-1), -EBADF);
	CHECK_ERRNO(syscall(NR_uintr_send, UINTR_WINDOW), EBADF);
	CHECK_ERRNO(syscall(NR_uintr_send, ~0ul), EBADF);
}

/* --- registers that are not banked --- */

static u32 stop, rounds;

/* An ordinary program's counters, on every hart. */
static void *reader(void *unused)
{
	while (!load_acquire(&stop)) {
		__asm__ volatile("csrr t0, cycle\n csrr t0, time\n csrr t0, instret" ::: "t0", "memory");
		atomic_add_relaxed(&rounds, 1u);
		sched_yield();
	}
	return unused;
}

static void check_shared_registers(void)
{
	enum { READERS = 8 };
	pthread_t threads[READERS];

	try_one(CSRW(SCOUNTEREN), 0, 0);
	try_one(CSRW(SENVCFG), ~0ul, 0);
	CHECK_EQ(caught, 0);
	for (int i = 0; i < READERS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, reader, NULL));
	while (load_relaxed(&rounds) < 500)
		usleep(500);
	store_release(&stop, 1u);
	for (int i = 0; i < READERS; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(caught, 0);
	CHECK_EQ(try_one(CSRR(SCOUNTEREN), 1, 0), 0); /* kept for the thread */
	try_one(CSRW(SCOUNTEREN), 7, 0);
	try_one(CSRW(SENVCFG), 0, 0);
}

/* A timer that is due for ever and an interrupt that is pending for ever, both masked: nothing but the thread's own. */
static void check_stuck(void)
{
	uintr_clui();
	uintr_set_timer(0, 2);
	__asm__ volatile("csrsi sip, 2\n csrsi sie, 2" ::: "memory");
	usleep(2000);
	CHECK_OK(uintr_wait());
	CHECK_OK(uintr_wait());
	__asm__ volatile("csrci sip, 2\n csrci sie, 2" ::: "memory");
	uintr_stui();
	while (!(load_relaxed(&seen) & BIT(2)))
		;
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	int index, fd;

	code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(code != MAP_FAILED);
	REQUIRE(!sigaction(SIGILL, &action, NULL));
	REQUIRE(!sigaction(SIGSEGV, &action, NULL));
	REQUIRE(!sigaction(SIGBUS, &action, NULL));
	REQUIRE(!uintr_register_handler(handler, UINTR_DIRECT));
	REQUIRE(uintr_is_direct());
	uintr_clui();
	check_registers();
	check_instructions();
	CHECK_EQ(misplaced, 0);
	check_told();
	check_lower_mode();
	check_memory();
	check_forged();
	/* all its own registers have been written: begin anew */
	CHECK_OK(uintr_unregister_handler());
	REQUIRE(!uintr_register_handler(handler, UINTR_DIRECT));
	fd = (int)REQUIRE_OK(uintr_create_fd(0));
	index = (int)REQUIRE_OK(uintr_register_sender(fd));
	check_window(index);
	check_parked_windows();
	check_shared_registers();
	check_stuck();
	CHECK_OK(uintr_unregister_sender(index));
	CHECK_OK(uintr_unregister_handler());
	return check_done();
}
