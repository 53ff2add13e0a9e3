# user.mk - the programs and the disk image that holds them.
#
#     user/NAME.c        /bin/NAME
#     user/test/NAME.c   /test/NAME
#     user/bench/NAME.c  /bench/NAME
#     user/lib/*         libchime.a, linked into each of them, with the parts of lib/ that programs share
#
# Ordinary static glibc programs: nothing about them is special to Chime.

USER_CC := $(CROSS)gcc
USER_FLAGS := -static -O2 -g -std=gnu11 -I. -pthread -Wall -Wextra -Werror \
	-Wmissing-prototypes -Wvla -Werror=jump-misses-init -MMD -MP

USER_SOURCES := $(wildcard user/*.c user/test/*.c user/bench/*.c)
# lib/string.c is the kernel's memcpy and its like: programs have the C library's.
USER_LIB_SOURCES := $(filter-out lib/string.c,$(wildcard user/lib/*.c user/lib/*.S lib/*.c))
USER_LIB := build/user/libchime.a

program = $(if $(filter user/test/% user/bench/%,$1),$(1:user/%.c=build/user/%),$(1:user/%.c=build/user/bin/%))
PROGRAMS := $(foreach s,$(USER_SOURCES),$(call program,$s))

USER_DEPS := scripts/user.mk

# EXTRA=dir goes into an image of its own, made anew each time.
IMAGE := $(if $(EXTRA),build/extra.img,build/disk.img)
ROOT_FILES := $(shell find user/root)

.PHONY: user image FORCE
user: $(PROGRAMS)
image: $(IMAGE)

build/user/obj/%.o: % $(USER_DEPS) | $(FIRST)
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(USER_CC) $(USER_FLAGS) -c -o $@ $<

$(USER_LIB): $(USER_LIB_SOURCES:%=build/user/obj/%.o)
	@mkdir -p $(@D)
	@rm -f $@
	@$(CROSS)ar rcs $@ $^

define user-link
	@mkdir -p $(@D)
	@$(USER_CC) $(USER_FLAGS) -o $@ $< $(USER_LIB)
endef

build/user/bin/%: build/user/obj/user/%.c.o $(USER_LIB)
	$(user-link)
build/user/test/%: build/user/obj/user/test/%.c.o $(USER_LIB)
	$(user-link)
build/user/bench/%: build/user/obj/user/bench/%.c.o $(USER_LIB)
	$(user-link)

build/disk.img build/extra.img: $(PROGRAMS) $(ROOT_FILES) scripts/image.py $(wildcard user/test/make-data.py)
	@echo "  IMAGE $@"
	@$(PYTHON) scripts/image.py $@ $(PROGRAMS)
build/extra.img: FORCE
FORCE:

.SECONDARY:
-include $(patsubst %,build/user/obj/%.d,$(USER_SOURCES) $(USER_LIB_SOURCES))
