/* uintr-direct.c - what a thread in VS-mode does for itself: its registers. See uintr-direct.h, uintr-vector.S. */
#include "user/lib/uintr-direct.h"

#include "kernel/abi/uintr.h"

/* In uintr-vector.S. */
void uintr_vector(void);

#if defined(__riscv)
#define csr(instruction, name, value) __asm__ volatile(instruction " " name ", %0" ::"rK"(value) : "memory")

enum { EIDELIVERY = 0x70, EITHRESHOLD = 0x72, EIE0 = 0xc0 }; /* behind siselect (0x150) and sireg (0x151) */
enum { SIE_STIE = 1 << 5, SIE_SEIE = 1 << 9, SSTATUS_SIE = 1 << 1 };

static void file_write(u64 selected, u64 value)
{
	csr("csrw", "0x150", selected);
	csr("csrw", "0x151", value);
}

void uintr_direct_begin(struct uintr_self *self)
{
	csr("csrw", "stvec", (u64)uintr_vector);
	csr("csrw", "sscratch", (u64)self);
	file_write(EITHRESHOLD, 0);
	file_write(EIE0 + UINTR_IDENTITY / 32, ~0ul); /* 64 vectors, 64 identities */
	file_write(EIDELIVERY, 1);
	csr("csrs", "sie", (u64)SIE_SEIE | SIE_STIE);
	uintr_direct_stui();
}

void uintr_direct_clui(void)
{
	__asm__ volatile("csrci sstatus, 2" ::: "memory");
}

void uintr_direct_stui(void)
{
	__asm__ volatile("csrsi sstatus, 2" ::: "memory");
}

bool uintr_direct_testui(void)
{
	u64 sstatus;

	__asm__ volatile("csrr %0, sstatus" : "=r"(sstatus)::"memory");
	return sstatus & SSTATUS_SIE;
}

void uintr_direct_timer(u64 time)
{
	csr("csrw", "0x14d", time);
}
#else
/* The kernel answers UINTR_DIRECT on RISC-V alone. */
void uintr_direct_begin(struct uintr_self *self)
{
	(void)self;
}
void uintr_direct_clui(void)
{
}
void uintr_direct_stui(void)
{
}
bool uintr_direct_testui(void)
{
	return false;
}
void uintr_direct_timer(u64 time)
{
	(void)time;
}
#endif
