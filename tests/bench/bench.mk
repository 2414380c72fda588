# SPDX-License-Identifier: GPL-2.0-or-later
#
# What make bench runs in the emulated host, built by tests/bench/run.sh:
#
#   BENCH_B        where it goes
#   CROSS_COMPILE  prefix of an arm64 compiler, empty on arm64

BENCH_B	?= build/arm64-static/bench
GUEST_B	:= $(BENCH_B)/guest
BENCH_D	:= tests/bench
Q	:= @

bench: $(BENCH_B)/measure $(BENCH_B)/linux.cpio $(GUEST_B)/off.bin \
	$(GUEST_B)/spin.bin $(GUEST_B)/exits.bin

include tests/guest/guest.mk

BENCH_CFLAGS := -std=gnu11 -O2 -D_GNU_SOURCE -static -s $(GUEST_WARN)

$(BENCH_B)/measure: $(addprefix $(BENCH_D)/,measure.c split.c calls.c memory.c \
		net.c measure.h net.h)
	@echo "  CC      $@"
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(BENCH_CFLAGS) -o $@ $(filter %.c,$^)

$(GUEST_B)/obj/exits.o: $(BENCH_D)/exits.c
	@echo "  GUESTCC $@"
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -c -o $@ $<

$(GUEST_B)/exits.elf: $(GUEST_B)/obj/rt/start.o $(GUEST_B)/obj/exits.o \
		$(GUEST_RT_OBJ) $(GUEST_D)/rt/guest.lds
	@echo "  GUESTLD $@"
	$(Q)$(GUEST_CC) $(GUEST_LDFLAGS) -o $@ $(filter %.o,$^)

# A cpio archive, not compressed, with one static program.
$(BENCH_B)/linux.cpio: $(addprefix $(BENCH_D)/,init.c disk.c disk.h net_guest.c \
	net.h)
	@echo "  CPIO    $@"
	@mkdir -p $(BENCH_B)/root
	$(Q)$(GUEST_CC) $(BENCH_CFLAGS) -o $(BENCH_B)/root/init \
		$(filter %.c,$^)
	$(Q)touch -d @0 $(BENCH_B)/root/init
	$(Q)(cd $(BENCH_B)/root && echo init | cpio -o -H newc -R 0:0 \
		--reproducible --quiet) >$@.tmp
	$(Q)mv $@.tmp $@

.PHONY: bench
.DEFAULT_GOAL := bench
