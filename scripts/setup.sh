#!/bin/sh
# setup.sh install GOAL...   install what the make goals need and this machine lacks (Debian and Ubuntu; apt)
# setup.sh doctor            say what is missing or too old, and how to mend it
#
# One table serves both. A tool is looked for when this runs, never while make reads its files, so that one make can
# install and then use it. When nothing is missing, nothing happens.
set -u

# need (run: all goals) | package | the least version | how it is recognised: a command or a file | what it is for
TOOLS='
run  | qemu-system-misc                  | 7.2  | qemu-system-riscv64 | the machine
run  | opensbi                           |      | @/usr/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin | the firmware
run  | gcc-riscv64-linux-gnu             | 12   | riscv64-linux-gnu-gcc | compiles the kernel and the programs
run  | libc6-dev-riscv64-cross           |      | @/usr/riscv64-linux-gnu/lib/libc.a | the C library of the programs
run  | e2fsprogs                         | 1.43 | mke2fs | makes the disk image
run  | python3                           | 3.9  | python3 | the scripts
test | gcc                               | 12   | gcc | compiles the unit tests
test | libc6-dev                         |      | @/usr/include/stdio.h | compiles the unit tests
test | qemu-user                         |      | qemu-riscv64 | runs guest tests on Linux, as the oracle
test | clang                             | 14   | clang | the kernel builds with it, too
test | spin                              |      | spin | checks the models of protocols
test | lld                               | 14   | ld.lld | links that kernel
lint | clang-format                      | 14   | clang-format | make format, make lint
gdb  | gdb-multiarch                     |      | gdb-multiarch | make gdb
'
PATH=$PATH:/usr/sbin:/sbin

is_there() { # is_there PROBE
	case $1 in
	@*) [ -e "${1#@}" ] ;;
	*) command -v "$1" >/dev/null 2>&1 ;;
	esac
}

version_of() { # version_of COMMAND: its first dotted number
	case $1 in
	mke2fs) mke2fs -V 2>&1 ;;
	*-gcc | gcc) "$1" -dumpfullversion 2>/dev/null ;;
	*) "$1" --version 2>/dev/null ;;
	esac | grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1
}

is_old() { # is_old HAVE LEAST
	[ -n "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" != "$2" ]
}

# Calls VISIT need package least probe purpose, for each row.
each_tool() {
	echo "$TOOLS" | sed '/^$/d; s/ *| */|/g' | while IFS='|' read -r need package least probe purpose; do
		"$1" "$need" "$package" "$least" "$probe" "$purpose"
	done
}

wants() { # wants NEED: do the goals of this call need it?
	[ "$1" = run ] && return 0
	[ -z "$goals" ] && [ "$1" = test ] && return 0
	case " $goals " in
	*" test "* | *" unit "* | *" grade "* | *" lab "*) [ "$1" = test ] && return 0 ;;
	esac
	case " $goals " in
	*" lint "* | *" format "*) [ "$1" = lint ] && return 0 ;;
	esac
	case " $goals " in
	*" gdb "*) [ "$1" = gdb ] && return 0 ;;
	esac
	[ -n "${LLVM:-}" ] && [ "$1" = test ]
}

missing_row() { wants "$1" && ! is_there "$4" && echo "$2"; }

# Debian 12 ships the RISC-V machine in qemu-system-misc, later releases in a package of its own.
qemu_package() {
	if apt-cache policy qemu-system-riscv 2>/dev/null | grep -q 'Candidate: [0-9]'; then
		echo qemu-system-riscv
	else
		echo qemu-system-misc
	fi
}

by_hand() {
	echo "Chime needs these packages, under the names that Debian 12 gives them:"
	echo "    $*"
	echo "QEMU 7.2 or later for RISC-V, a riscv64-linux-gnu gcc and its static C library, mke2fs, python 3.9"
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		env DEBIAN_FRONTEND=noninteractive "$@"
	elif [ -t 0 ]; then
		sudo env DEBIAN_FRONTEND=noninteractive "$@"
	else
		sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
	fi
}

may_install() { # May we? Asked only where sudo is needed and somebody can answer.
	[ "$(id -u)" = 0 ] && return 0
	if ! command -v sudo >/dev/null 2>&1; then
		echo "Neither root nor sudo. As root: apt-get install $*"
		return 1
	fi
	[ -t 0 ] || return 0
	printf 'Install with sudo: %s\nGo on? [Y/n] ' "$*"
	read -r answer
	case $answer in [nN]*) return 1 ;; esac
}

install() {
	missing=$(each_tool missing_row)
	[ -z "$missing" ] && return 0
	# shellcheck disable=SC2086
	set -- $missing
	if ! command -v apt-get >/dev/null 2>&1; then
		by_hand "$@"
		return 1
	fi
	may_install "$@" || return 1
	as_root apt-get -q update || echo "apt-get update failed; trying with the package lists that are here"
	packages=
	for package; do
		[ "$package" = qemu-system-misc ] && package=$(qemu_package)
		packages="$packages $package"
	done
	# shellcheck disable=SC2086
	if ! as_root apt-get -q install -y --no-install-recommends $packages; then
		echo "The packages could not be installed; by hand: apt-get install$packages"
		return 1
	fi
	missing=$(each_tool missing_row)
	[ -z "$missing" ] && return 0
	echo "Installed, and yet not found: $missing"
	return 1
}

doctor_row() {
	if ! is_there "$4"; then
		echo "MISSING  $2: $5. Mend: make setup${1:+ $1}"
	elif [ "${4#@}" != "$4" ]; then
		echo "ok       ${4#@}: $5"
	else
		have=$(version_of "$4")
		if is_old "$have" "$3"; then
			echo "TOO OLD  $4 $have: $5, from $3 up. Mend: a newer one (QEMU=path CROSS=prefix name it)"
		else
			echo "ok       $4 $have: $5"
		fi
	fi
}

doctor() {
	report=$(each_tool doctor_row)
	echo "$report"
	if is_old "${MAKE_VERSION_HERE:-4.3}" 4.0; then
		echo "TOO OLD  GNU make $MAKE_VERSION_HERE: from 4.0 up"
	fi
	! echo "$report" | grep -qE '^(MISSING|TOO OLD)'
}

job=${1:-doctor}
[ $# -gt 0 ] && shift
goals=$*
case $job in
install) install ;;
doctor) doctor ;;
*)
	echo "setup.sh install GOAL... | doctor" >&2
	exit 2
	;;
esac
