# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fuzz targets: tests/fuzz/fuzz_NAME.c, each with seeds in corpus/NAME.
#
#   make fuzz [TARGETS='vq mmio'] [TIME=60]	seconds for each
#   make fuzzers				only build them
#
# A build of its own, with clang: libFuzzer needs its coverage in all objects.

FUZZ_B	:= build/fuzz
FUZZ_OPT := -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined
FUZZ_ALL := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_LIB := $(patsubst %.c,$(B)/%.o,$(filter-out tests/fuzz/fuzz_%.c,\
	$(wildcard tests/fuzz/*.c)))

fuzz:
	@scripts/setup build fuzz
	@tests/fuzz/run.sh $(or $(TIME),60) $(TARGETS)

fuzzers:
	+@$(ME) B=$(FUZZ_B) SAN=1 OPT='$(FUZZ_OPT)' CC=clang CXX=clang++ \
		HARDEN= CWARN= fuzzers-here

fuzzers-here: $(FUZZ_ALL:%=$(B)/fuzz/%)

$(B)/fuzz/%: $(B)/tests/fuzz/fuzz_%.o $(FUZZ_LIB) $(LIB)
	@echo "  LD      $@"
	@mkdir -p $(@D)
	$(Q)$(CXX) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(DEP_LIBS)

.PHONY: fuzz fuzzers fuzzers-here

# toml++ calls impossible what a letter beyond ASCII outside of a string makes
# it do (is_non_ascii_horizontal_whitespace(), version 3.3): any answer of that
# function will do there, because the text is refused just after.
$(FUZZ_B)/vmm/toml.o: CXXFLAGS += -fno-sanitize=unreachable
