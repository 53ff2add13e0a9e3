/* cpu.h - the few instructions that C has no word for. */
#pragma once

#if defined(HOST)
void cpu_wait_for_interrupt(void); /* a unit test's own */
#else
/* Sleep until an enabled interrupt is pending, even though interrupts are masked (Privileged Architecture, WFI). */
static inline void cpu_wait_for_interrupt(void)
{
	__asm__ volatile("wfi" ::: "memory");
}
#endif
