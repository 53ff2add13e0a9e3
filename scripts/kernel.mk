# kernel.mk - the kernel, in three builds from the same sources.
#
#     build/kernel.elf            gcc
#     build/torture/kernel.elf    gcc, every await suspends (TORTURE=1)
#     build/llvm/kernel.elf       clang and lld (LLVM=1)
#
# Each is linked twice: the first link has empty tables of symbols and frames, for backtraces; the second holds those
# made from the first. They are the last things of the read-only data, behind the text: no function moves between the
# two.

KERNEL_BUILDS := build build/torture build/llvm
KERNELS := $(KERNEL_BUILDS:%=%/kernel.elf)
KERNEL_OUT := $(if $(TORTURE),build/torture,$(if $(LLVM),build/llvm,build))
KERNEL := $(KERNEL_OUT)/kernel.elf

KERNEL_SOURCES := $(sort $(shell find kernel lib -path '*/test/*' -prune -o -name '*.c' -print -o -name '*.S' -print))

KERNEL_FLAGS := -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -ffreestanding -fno-pic -fno-pie \
	-fno-stack-protector -fomit-frame-pointer -fno-common -fno-asynchronous-unwind-tables -O2 -g -std=gnu11 -I. \
	-Wall -Wextra -Werror -Wmissing-prototypes -Wvla -MMD -MP
KERNEL_LINK := -T linker.ld -nostdlib -static --build-id=none -z noexecstack -z max-page-size=4096

GCC_FLAGS := $(KERNEL_FLAGS) -Werror=jump-misses-init
# ld makes one instruction of a call's two where the target is near; lld learnt that in version 15.
CLANG_FLAGS := --target=riscv64-unknown-elf $(subst _zicsr_zifencei,,$(KERNEL_FLAGS)) -mno-relax \
	-Wsometimes-uninitialized

KERNEL_CC_build := $(CROSS)gcc $(GCC_FLAGS)
KERNEL_CC_build/torture := $(CROSS)gcc $(GCC_FLAGS) -DCO_TORTURE
KERNEL_CC_build/llvm := clang $(CLANG_FLAGS)
KERNEL_LD_build := $(CROSS)ld
KERNEL_LD_build/torture := $(CROSS)ld
KERNEL_LD_build/llvm := ld.lld

KERNEL_DEPS := scripts/kernel.mk

.PHONY: kernel kernels
kernel: $(KERNEL)
kernels: $(KERNELS)

# Assembly saves the FP registers of programs, so it may name them; compiled code has none.
define kernel-object
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(KERNEL_CC_$1) $(if $(filter %.S,$<),-march=rv64gc) -c -o $@ $<
endef

build/obj/%.o: % $(KERNEL_DEPS) | $(FIRST)
	$(call kernel-object,build)
build/torture/obj/%.o: % $(KERNEL_DEPS) | $(FIRST)
	$(call kernel-object,build/torture)
build/llvm/obj/%.o: % $(KERNEL_DEPS) | $(FIRST)
	$(call kernel-object,build/llvm)

# $1.elf -> the tables of what is linked in it.
define kernel-tables
	@$(CROSS)nm -n $1.elf | $(PYTHON) scripts/symbols.py >$1.symbols.S
	@$(CROSS)readelf --debug-dump=frames-interp $1.elf | $(PYTHON) scripts/unwind.py >$1.unwind.S
endef
# $1.elf: the objects, and the tables $2.symbols.S and $2.unwind.S.
define kernel-link
	@$(KERNEL_CC_$*) -c -o $*/symbols.o $2.symbols.S
	@$(KERNEL_CC_$*) -c -o $*/unwind.o $2.unwind.S
	@$(KERNEL_LD_$*) $(KERNEL_LINK) -o $1.elf $(filter %.o,$^) $*/symbols.o $*/unwind.o
endef

# $* is the build. The tables made from the finished kernel must be those that were linked in.
$(KERNELS): %/kernel.elf: $(addprefix %/obj/,$(addsuffix .o,$(KERNEL_SOURCES))) linker.ld scripts/symbols.py \
		scripts/unwind.py $(KERNEL_DEPS)
	@echo "  LD    $@"
	@$(PYTHON) scripts/symbols.py --empty >$*/pass0.symbols.S
	@$(PYTHON) scripts/unwind.py --empty >$*/pass0.unwind.S
	$(call kernel-link,$*/pass1,$*/pass0)
	$(call kernel-tables,$*/pass1)
	$(call kernel-link,$*/pass2,$*/pass1)
	$(call kernel-tables,$*/pass2)
	@cmp $*/pass1.symbols.S $*/pass2.symbols.S
	@cmp $*/pass1.unwind.S $*/pass2.unwind.S
	@$(CROSS)nm -n $*/pass2.elf >$*/kernel.sym
	@$(CROSS)objdump -d $*/pass2.elf >$*/kernel.asm
	@mv $*/pass2.elf $@

-include $(foreach b,$(KERNEL_BUILDS),$(KERNEL_SOURCES:%=$b/obj/%.d))
