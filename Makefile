# Chime: `make help` lists what can be made. Everything that is made lies in build/.
#
#     build/kernel.elf            the kernel; build/torture and build/llvm hold the same, compiled with CO_TORTURE
#                                 and with clang; beside each: kernel.sym, kernel.asm
#     build/user/{bin,test,bench} programs for the disk image; build/user/libchime.a is linked into each
#     build/disk.img              ext2: the programs, user/root/**, empty mount points
#     build/log                   what the machines said
#
# No tool is looked for while this file is read: `make setup run` may install them first.

JOBS ?= 2
MAKEFLAGS += --no-builtin-rules --no-builtin-variables
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(JOBS)
endif
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

CROSS ?= riscv64-linux-gnu-
PYTHON ?= python3

# What the scripts read from the environment.
export PYTHONDONTWRITEBYTECODE := 1
export LLVM TORTURE CMD EXTRA SMP MEM ICOUNT AIA H GDB QEMU KEEP BOOT T TRACE V CHIME_SEED CHIME_QEMU2 CROSS MAKE

# `make setup ...` and `make clean ...`: these come before anything that builds.
FIRST := $(filter setup clean,$(MAKECMDGOALS))

include scripts/kernel.mk
include scripts/user.mk

# ---- run and look

# How many blocks zero-entry reads for each row of a picture: a minute's worth, or as many as the documentation shows.
bench: BLOCKS ?= 2000
pictures: BLOCKS ?= 100000
PICTURES = --kernel build/kernel.elf --image $(IMAGE) --blocks $(BLOCKS)

.PHONY: run gdb bench pictures size
run: $(KERNEL) $(IMAGE) | $(FIRST)
	@$(PYTHON) scripts/run.py --kernel $(KERNEL) --image $(IMAGE)

gdb: $(KERNEL) | $(FIRST)
	gdb-multiarch -q -x scripts/chime.gdb $(KERNEL)

# The table, and unless T asks for a part of it the pictures, in build/.
bench: build/kernel.elf $(IMAGE) | $(FIRST)
	@status=0; $(PYTHON) scripts/bench.py --kernel build/kernel.elf --image $(IMAGE) || status=1; \
	$(if $(T),,$(PYTHON) scripts/pictures.py --out build $(PICTURES) || status=1;) exit $$status

# Those in the documentation, made anew.
pictures: build/kernel.elf $(IMAGE) | $(FIRST)
	@$(PYTHON) scripts/pictures.py --out docs $(PICTURES)

size: build/kernel.elf
	@$(PYTHON) scripts/size.py build/kernel.elf

# ---- test

.PHONY: test unit mutants lab grade lint format
test: | $(FIRST)
	@$(PYTHON) scripts/test.py

unit: | $(FIRST)
	@$(PYTHON) scripts/test.py --stage unit

mutants: | $(FIRST)
	@$(PYTHON) scripts/mutate.py

lab: | $(FIRST)
	@$(PYTHON) scripts/lab.py $(N)

grade: | $(FIRST)
	@$(PYTHON) scripts/grade.py $(N)

lint: | $(FIRST)
	@$(PYTHON) scripts/lint.py
	@$(PYTHON) scripts/cycles.py
	@$(PYTHON) scripts/format.py --check

format: | $(FIRST)
	@$(PYTHON) scripts/format.py

# ---- the house

.PHONY: setup doctor clean help all
setup: | $(filter clean,$(FIRST))
	@sh scripts/setup.sh install $(filter-out setup,$(MAKECMDGOALS))

doctor:
	@MAKE_VERSION_HERE=$(MAKE_VERSION) sh scripts/setup.sh doctor

clean:
	rm -rf build

all: $(KERNELS) $(IMAGE)

help:
	@cat scripts/help.txt
