# SPDX-License-Identifier: GPL-2.0-or-later
#
# targets.mk - what a person types: demo, test and their parts, install, help

PREFIX	?= /usr/local
DESTDIR	?=
ME	= $(MAKE) --no-print-directory

demo:
	@scripts/demo

test:
	@scripts/test

test-long:
	@scripts/test-long

lint:
	@scripts/lint

nested:
	@scripts/setup build cross rig
	@tests/nested/run.sh

san:
	@$(ME) SAN=1 check

# Guests are arm64 always.
ifeq ($(ARCH),arm64)
include tests/guest/guest.mk
# These two are part of tallyvm.
$(B)/vmm/check_guest.o: $(GUEST_B)/check.bin $(GUEST_B)/bench.bin
$(B)/vmm/check_guest.o: CFLAGS += -Wa,-I$(GUEST_B)
else
guests:
	@$(ME) ARCH=arm64 STATIC=1 guests
.PHONY: guests
endif

include tests/fuzz/fuzz.mk

bench:
	@tests/bench/run.sh
	@tests/bench/kernel.sh

# Linux 6.12 with the patches of kernel/; prints where the Image is.
kernel:
	@scripts/kernel

setup:
	@scripts/setup

# Each header must compile as the first thing a file includes.
headers-check: $(patsubst %.h,$(B)/headers/%.ok,$(wildcard include/*.h \
	include/*/*.h vmm/*.h arm64/*.h pmu/*.h virtio/*.h tests/unit/*.h tests/fuzz/*.h))

$(B)/headers/%.ok: %.h | $(DEPS_READY)
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -MMD -MP,$(CFLAGS)) -Wno-unused -fsyntax-only \
		-x c -include $< /dev/null
	@touch $@

SHARE	= $(DESTDIR)$(PREFIX)/share
# A cross-built tallyvm cannot print its completions here.

install: $(TALLYVM)
	install -D -m 755 $(TALLYVM) $(DESTDIR)$(PREFIX)/bin/tallyvm
	for page in man/*.[0-9]; do install -D -m 644 -t \
		$(SHARE)/man/man$${page##*.} $$page; done
ifeq ($(ARCH),$(HOST))
	install -d $(SHARE)/bash-completion/completions \
		$(SHARE)/zsh/vendor-completions
	$(TALLYVM) help --completion=bash \
		>$(SHARE)/bash-completion/completions/tallyvm
	$(TALLYVM) help --completion=zsh \
		>$(SHARE)/zsh/vendor-completions/_tallyvm
endif

help:
	@echo 'make demo      see it: boot Linux in a tallyvm guest with a PMU'
	@echo 'make test      prove it: every test (about half an hour)'
	@echo 'make test-long what takes hours: docs/results.md has the latest result'
	@echo 'make check     unit tests only (seconds)'
	@echo 'make           build for this machine: $(TALLYVM)'
	@echo 'make ARCH=arm64 [STATIC=1]    cross-build'
	@echo 'make san       unit tests under ASan and UBSan'
	@echo 'make lint      static checks'
	@echo 'make nested    guest tests only, in the emulated arm64 host'
	@echo 'make fuzz      fuzz targets for TIME=60 seconds each (TARGETS=...)'
	@echo 'make bench     instructions spent, beside QEMU; a PMU emulated and partitioned'
	@echo 'make kernel    Linux 6.12 with a partitioned PMU (docs/kernel.md)'
	@echo 'make install   to DESTDIR and PREFIX (/usr/local)'
	@echo 'make setup     install what all of these need (Debian 12, 13)'
	@echo 'make clean     remove build/'
	@echo 'V=1 shows commands; WERROR=1 makes warnings errors.'

.PHONY: kernel demo test test-long lint nested san bench setup headers-check install help
