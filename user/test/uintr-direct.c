/* uintr-direct.c - uintr.c once more, with interrupts that reach the thread in VS-mode without the kernel where the
 * machine can do that (uintr-files.c insists), and as before where it cannot.
 *
 * machines: all crowd
 * oracle: none
 */
#define FLAGS UINTR_DIRECT
#include "user/test/uintr.c"
