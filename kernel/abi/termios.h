/* termios.h - terminals: the layouts and numbers of Linux (asm-generic/termbits.h, asm-generic/ioctls.h). */
#pragma once

#include "lib/types.h"

enum {
	TCGETS = 0x5401,
	TCSETS = 0x5402,
	TCSETSW = 0x5403,
	TCSETSF = 0x5404,
	TIOCSCTTY = 0x540e,
	TIOCGPGRP = 0x540f,
	TIOCSPGRP = 0x5410,
	TIOCSTI = 0x5412,
	TIOCGWINSZ = 0x5413,
	TIOCNOTTY = 0x5422,
	TIOCGSID = 0x5429,
	TIOCSWINSZ = 0x5414,
	FIONREAD = 0x541b,
};

/* Indices into cc. */
enum {
	VINTR = 0,
	VQUIT = 1,
	VERASE = 2,
	VKILL = 3,
	VEOF = 4,
	VTIME = 5,
	VMIN = 6,
	VSTART = 8,
	VSTOP = 9,
	VSUSP = 10,
	VEOL = 11,
	VREPRINT = 12,
	VDISCARD = 13,
	VWERASE = 14,
	VLNEXT = 15,
	VEOL2 = 16,
	TERMIOS_CC = 19,
};

enum { IGNCR = 0000200, ICRNL = 0000400, INLCR = 0000100 }; /* iflag */
enum { OPOST = 0000001, ONLCR = 0000004 };		    /* oflag */
enum { TERMIOS_CFLAG_38400_8N1 = 0002277 };		    /* B38400 | CS8 | CREAD | HUPCL */
enum {
	ISIG = 1,
	ICANON = 2,
	ECHO = 010,
	ECHOE = 020,
	ECHOK = 040,
	ECHONL = 0100,
	NOFLSH = 0200,
	TOSTOP = 0400,
	ECHOCTL = 01000,
	ECHOKE = 04000,
	IEXTEN = 0100000
}; /* lflag */

struct abi_termios {
	u32 iflag, oflag, cflag, lflag;
	u8 line;
	u8 cc[TERMIOS_CC];
};
_Static_assert(sizeof(struct abi_termios) == 36, "struct termios of the kernel");
_Static_assert(offsetof(struct abi_termios, cc) == 17, "struct termios of the kernel: c_cc");

struct abi_winsize {
	u16 rows, columns, x_pixels, y_pixels;
};
_Static_assert(sizeof(struct abi_winsize) == 8, "struct winsize");
