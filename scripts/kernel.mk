# kernel.mk - the kernel, in three builds from the same sources.
#
#     build/kernel.elf            gcc
#     build/torture/kernel.elf    gcc, every await suspends (TORTURE=1)
#     build/llvm/kernel.elf       clang and lld (LLVM=1)
#
# Each is linked twice: the first link has an empty symbol table, the second holds the table made from the first. The
# table is the last thing of the read-only data, behind the text, so no function moves between the two.

KERNEL_BUILDS := build build/torture build/llvm
KERNELS := $(KERNEL_BUILDS:%=%/kernel.elf)
KERNEL_OUT := $(if $(TORTURE),build/torture,$(if $(LLVM),build/llvm,build))
KERNEL := $(KERNEL_OUT)/kernel.elf

KERNEL_SOURCES := $(sort $(shell find kernel lib -path '*/test/*' -prune -o -name '*.c' -print -o -name '*.S' -print))

KERNEL_FLAGS := -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -ffreestanding -fno-pic -fno-pie \
	-fno-stack-protector -fno-omit-frame-pointer -fno-common -fno-asynchronous-unwind-tables -O2 -g -std=gnu11 -I. \
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

# $* is the build. The table made from the finished kernel must be the one that was linked in.
$(KERNELS): %/kernel.elf: $(addprefix %/obj/,$(addsuffix .o,$(KERNEL_SOURCES))) linker.ld scripts/symbols.py \
		$(KERNEL_DEPS)
	@echo "  LD    $@"
	@$(PYTHON) scripts/symbols.py --empty >$*/symbols.S
	@$(KERNEL_CC_$*) -c -o $*/symbols.o $*/symbols.S
	@$(KERNEL_LD_$*) $(KERNEL_LINK) -o $*/pass1.elf $(filter %.o,$^) $*/symbols.o
	@$(CROSS)nm -n $*/pass1.elf | $(PYTHON) scripts/symbols.py >$*/symbols.S
	@$(KERNEL_CC_$*) -c -o $*/symbols.o $*/symbols.S
	@$(KERNEL_LD_$*) $(KERNEL_LINK) -o $*/kernel.tmp.elf $(filter %.o,$^) $*/symbols.o
	@$(CROSS)nm -n $*/kernel.tmp.elf >$*/kernel.sym
	@$(PYTHON) scripts/symbols.py <$*/kernel.sym | cmp - $*/symbols.S
	@$(CROSS)objdump -d $*/kernel.tmp.elf >$*/kernel.asm
	@mv $*/kernel.tmp.elf $@

-include $(foreach b,$(KERNEL_BUILDS),$(KERNEL_SOURCES:%=$b/obj/%.d))
