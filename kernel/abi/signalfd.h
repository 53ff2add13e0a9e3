/* signalfd.h - what a read from a signalfd gives (Linux linux/signalfd.h). */
#pragma once

#include "lib/types.h"

struct abi_signalfd_siginfo {
	u32 signo;
	s32 error, code;
	u32 pid, uid;
	s32 fd;
	u32 timer, band, overrun, trap;
	s32 status, number;
	u64 pointer, user_time, system_time, address;
	u16 address_lsb, pad;
	s32 syscall;
	u64 call_address;
	u32 arch;
	u8 room[28];
};
_Static_assert(sizeof(struct abi_signalfd_siginfo) == 128, "struct signalfd_siginfo");
_Static_assert(offsetof(struct abi_signalfd_siginfo, pointer) == 48, "ssi_ptr");
_Static_assert(offsetof(struct abi_signalfd_siginfo, call_address) == 88, "ssi_call_addr");
