/* uintr-direct.h - inside user/lib: a thread that the kernel has put into VS-mode. */
#pragma once

#include "user/lib/uintr-self.h"

/* Take interrupts from here on, unmasked. SELF is filled in, and stays. */
void uintr_direct_begin(struct uintr_self *self);
void uintr_direct_clui(void);
void uintr_direct_stui(void);
bool uintr_direct_testui(void);
void uintr_direct_timer(u64 time);
