/* crash.h - the boot option "crash=HOW": a bug on purpose, to see what the kernel says of one. */
#pragma once

/* Spawn the task that crashes a little later, if the boot option asks for it. HOW is one of
 *   panic   a broken invariant that the kernel itself notices
 *   trap    a store to where nothing is mapped
 *   jump    a call through a pointer that leads nowhere */
void crash_boot(void);
