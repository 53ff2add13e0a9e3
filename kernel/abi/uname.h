/* uname.h - what the system calls itself. The release is what programs compare their needs with: the Linux version
 * whose interface this is. */
#pragma once

#define UNAME_SYSTEM  "Linux"
#define UNAME_NODE    "chime"
#define UNAME_RELEASE "6.12.0-chime"
#define UNAME_VERSION "Chime 0.1"
#define UNAME_MACHINE "riscv64"
