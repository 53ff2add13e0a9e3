/* uintr-direct.c - uintr.c once more, with interrupts that reach the thread in VS-mode without the kernel.
 *
 * machines: aia h
 * oracle: none
 */
#define FLAGS UINTR_DIRECT
#include "user/test/uintr.c"
