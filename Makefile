# fosr-xdp: objects and binaries go to $(O) (default build/); see README.md for the two commands that do everything.
#
#	make                    the program, $(O)/fosr-xdp, and the library, $(O)/libfosr.a
#	make check              every test but virtual machines, long fuzzing and benchmarks (as root: also those with BPF)
#	make check-vm           virtual machines: other kernels, campaigns between two of them
#	make check-asan         the program and the unit tests under AddressSanitizer and UBSan, in $(O)/asan
#	make fuzz TIME=60       each target of selftests/fuzz for so many seconds
#	make bench, make demo   tools/bench/, tools/demo
#	make install            DESTDIR and PREFIX (/usr/local) as everywhere; make uninstall takes the same files away
#	make format, make lint  clang-format applied; cppcheck
#	V=1 shows the commands, WERROR= lets warnings pass.
O ?= build
CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
CLANG ?= clang
CLANG_FORMAT ?= clang-format
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/bin/bpftool) bpftool)
PREFIX ?= /usr/local
DESTDIR ?=
# Where Debian keeps asm/types.h, whatever compiler builds the rest.
MULTIARCH ?= $(shell uname -m)-linux-gnu
# Libraries of the machine that the program is for, where that is another one: made by tools/sysroot.
SYSROOT :=
CFLAGS ?= -O3 -g
LDFLAGS ?=
WERROR ?= 1
# Seconds per fuzz target.
TIME ?= 60
V ?= 0
ifeq ($(V),0)
Q := @
say = @printf '  %-8s %s\n' $(1) $(2)
else
Q :=
say = @:
endif
ifneq ($(findstring s,$(firstword -$(MAKEFLAGS))),)
say = @:
endif

LIBS := libxdp libbpf libpcap liburing yaml-0.1 jansson expat libcrypto
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wwrite-strings -Wvla \
	-Wno-unused-parameter $(if $(WERROR),-Werror)
# Set by the targets below for builds under sanitizers.
SAN ?=
# Determinism (Documentation/architecture.rst): no contraction, no fast-math, whatever the user's CFLAGS say.
ALL_CFLAGS = $(CFLAGS) -std=gnu11 $(WARN) -fno-common -ffp-contract=off -fno-fast-math -fno-strict-aliasing \
	-D_GNU_SOURCE -Iinclude -Iuser -I$(O)/skel $(if $(SYSROOT),--sysroot=$(abspath $(SYSROOT))) $(SAN)
PKG_CONFIG := $(if $(SYSROOT),PKG_CONFIG_SYSROOT_DIR=$(abspath $(SYSROOT)) \
	PKG_CONFIG_LIBDIR=$(abspath $(wildcard $(SYSROOT)/usr/lib/*/pkgconfig))) pkg-config
LDLIBS = $(shell $(PKG_CONFIG) --libs $(LIBS)) -lpthread -lm
BPF_CFLAGS := -O2 -g -target bpf -mcpu=v3 -Wall -Wextra -Werror -Wno-unused-parameter -Iinclude -Ibpf \
	-I/usr/include/$(MULTIARCH)

ALL_SRC := $(sort $(wildcard user/*/*.c))
CMD_SRC := $(wildcard user/cmd/*.c)
LIB_SRC := $(filter-out $(CMD_SRC),$(ALL_SRC))
BPF_SRC := $(wildcard bpf/*.bpf.c)
SKEL := $(BPF_SRC:bpf/%.bpf.c=$(O)/skel/%.skel.h)
LIB_OBJ := $(LIB_SRC:%.c=$(O)/%.o)
CMD_OBJ := $(CMD_SRC:%.c=$(O)/%.o)
UNIT_SRC := $(sort $(wildcard selftests/unit/test_*.c selftests/bpf/test_*.c))
UNIT := $(UNIT_SRC:%.c=$(O)/%)
FUZZ := $(patsubst selftests/fuzz/fuzz_%.c,%,$(sort $(wildcard selftests/fuzz/fuzz_*.c)))
REPLAY := $(FUZZ:%=$(O)/selftests/fuzz/replay_%)
BENCH := $(patsubst %.c,$(O)/%,$(filter-out %.bpf.c,$(wildcard tools/bench/*.c)))
TEST_TOOLS := $(patsubst %.c,$(O)/%,$(wildcard selftests/net/flood.c selftests/net/beside.c selftests/judges/talk.c))
TEST_BPF := $(patsubst %.c,$(O)/%.o,$(wildcard selftests/net/*.bpf.c))
BENCH_BPF := $(patsubst %.c,$(O)/%.o,$(wildcard tools/bench/*.bpf.c))
SCRIPTS := $(sort $(wildcard selftests/cli/*.sh selftests/judges/*.sh selftests/net/*.sh selftests/hostile/*.sh))
SCRIPTS += selftests/vm/smoke.sh
# Sourced by the others.
SCRIPTS := $(filter-out %/lib.sh,$(SCRIPTS))
CHECKS := $(sort $(wildcard tools/check-*))
C_FILES = $(sort $(wildcard user/*/*.[ch] include/fosr/*.h bpf/*.[ch] selftests/*.h selftests/*/*.[ch] tools/bench/*.c))

all: $(O)/fosr-xdp

# What everything was compiled with: changes when the compiler or its flags do, and then everything is compiled again.
FLAGS = $(CC) $(ALL_CFLAGS) $(LDFLAGS) / $(CLANG) $(BPF_CFLAGS)
$(O)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' >$@

$(O)/fosr-xdp: $(CMD_OBJ) $(O)/libfosr.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(CMD_OBJ) $(O)/libfosr.a $(LDLIBS)

$(O)/libfosr.a: $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(O)/%.o: %.c $(O)/flags | $(SKEL)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Those of tests and benchmarks have no skeleton: who uses them opens the file.
$(O)/%.bpf.o: %.bpf.c $(O)/flags
	$(call say,BPF,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/skel/%.skel.h: $(O)/bpf/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name $(subst -,_,$*)_bpf >$@.tmp 2>$@.log || { cat $@.log >&2; false; }
	$(Q)mv $@.tmp $@

$(O)/selftests/%: selftests/%.c $(O)/libfosr.a $(O)/flags | $(SKEL)
	$(call say,TEST,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -Iselftests -MMD -MP -MF $@.d -o $@ $< $(O)/libfosr.a $(LDLIBS)

# The judge of DNS payloads is libc's resolver.
$(O)/selftests/unit/test_dns: LDLIBS += -lresolv

# A fuzz target that replays the files it is given.
$(O)/selftests/fuzz/replay_%: selftests/fuzz/fuzz_%.c selftests/fuzz/onefile.c $(O)/libfosr.a $(O)/flags | $(SKEL)
	$(call say,REPLAY,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -Iselftests -o $@ $(filter %.c,$^) $(O)/libfosr.a $(LDLIBS)

# The same, driven by libFuzzer; only in a build whose SAN has fuzzer-no-link.
$(O)/selftests/fuzz/drive_%: selftests/fuzz/fuzz_%.c $(O)/libfosr.a $(O)/flags | $(SKEL)
	$(call say,FUZZ,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -Iselftests -o $@ $< $(O)/libfosr.a $(LDLIBS)

# The assembler includes these; the compiler's dependency files do not know.
$(O)/user/profile/embedded.o: $(wildcard profiles/*.fosr profiles/*.yaml)

unit: $(UNIT) $(TEST_TOOLS) $(TEST_BPF)
replay: $(REPLAY)
drive: $(FUZZ:%=$(O)/selftests/fuzz/drive_%)

# Builds of their own under sanitizers. They need clang's runtime libraries (Debian: libclang-rt-14-dev).
SAN_FLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
HAVE_SAN = $(eval HAVE_SAN := $(shell d=$$(mktemp -d) && echo 'int main(void){return 0;}' >$$d/x.c && \
	$(CLANG) $(SAN_FLAGS) -o $$d/x $$d/x.c 2>/dev/null && echo yes; rm -rf $$d))$(HAVE_SAN)
IN_ASAN = $(MAKE) --no-print-directory O=$(O)/asan CC=$(CLANG) CFLAGS='-O1 -g' SAN='$(SAN_FLAGS)'
IN_FUZZ = $(MAKE) --no-print-directory O=$(O)/fuzz CC=$(CLANG) CFLAGS='-O1 -g' \
	SAN='$(SAN_FLAGS) -fsanitize=fuzzer-no-link'
NO_SAN := clang has no sanitizer runtime: install libclang-rt-14-dev
ASAN_UNIT := $(UNIT_SRC:%.c=$(O)/asan/%)
# "target folder folder", as one word each.
ASAN_REPLAY = $(foreach t,$(FUZZ),'$(O)/asan/selftests/fuzz/replay_$(t) $(wildcard selftests/fuzz/corpus/$(t) \
	selftests/fuzz/regress/$(t))')

asan:
	+$(if $(HAVE_SAN),$(Q)$(IN_ASAN) all unit replay,@echo '$(NO_SAN)' >&2; exit 1)

check-asan: asan
	$(Q)sh selftests/run.sh -b $(O) $(ASAN_UNIT) $(ASAN_REPLAY) $(filter selftests/hostile/%,$(SCRIPTS))

check: all unit
	+$(if $(HAVE_SAN),$(Q)$(IN_ASAN) all unit replay)
	$(Q)sh selftests/run.sh -b $(O) $(CHECKS) $(UNIT) $(if $(HAVE_SAN),$(ASAN_UNIT) $(ASAN_REPLAY),-s 'tests under sanitizers' '$(NO_SAN)') $(SCRIPTS)

check-vm: all unit
	$(Q)sh selftests/run.sh -b $(O) selftests/vm/smoke.sh selftests/vm/namespaces.sh selftests/vm/machines.sh

fuzz:
	+$(if $(HAVE_SAN),$(Q)$(IN_FUZZ) drive,@echo '$(NO_SAN)' >&2; exit 1)
	$(Q)sh selftests/fuzz/run.sh $(O)/fuzz/selftests/fuzz $(TIME) $(FUZZ)

demo: all
	$(Q)FOSR_XDP=$(abspath $(O)/fosr-xdp) tools/demo

# Programs that drive a part of the library alone.
$(O)/tools/bench/%: tools/bench/%.c $(O)/libfosr.a $(O)/flags | $(SKEL)
	$(call say,BENCH,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -MMD -MP -MF $@.d -o $@ $< $(O)/libfosr.a $(LDLIBS)

bench: all $(BENCH) $(BENCH_BPF)
	$(Q)FOSR_XDP=$(abspath $(O)/fosr-xdp) tools/bench/run

lint: $(SKEL)
	$(Q)BUILD=$(O) tools/check-lint

format:
	$(Q)$(CLANG_FORMAT) -i $(C_FILES)

SHARE := $(PREFIX)/share/fosr-xdp
DOC := $(PREFIX)/share/doc/fosr-xdp
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(SHARE) $(DESTDIR)$(DOC)
	install -m 755 $(O)/fosr-xdp $(DESTDIR)$(PREFIX)/bin/fosr-xdp
	install -m 644 $(wildcard profiles/*.fosr profiles/*.yaml profiles/SOURCES.md) $(DESTDIR)$(SHARE)
	install -m 644 README.md CHANGELOG.md LICENSE $(wildcard Documentation/*.rst) $(DESTDIR)$(DOC)

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/fosr-xdp
	rm -rf $(DESTDIR)$(SHARE) $(DESTDIR)$(DOC)

clean:
	rm -rf $(O)

-include $(ALL_SRC:%.c=$(O)/%.d) $(UNIT:%=%.d) $(TEST_TOOLS:%=%.d) $(BENCH:%=%.d) $(BPF_SRC:%.c=$(O)/%.d) $(BENCH_BPF:.o=.d) $(TEST_BPF:.o=.d)

FORCE:
.PHONY: all unit replay drive asan check check-vm check-asan fuzz demo bench lint format install uninstall clean FORCE
.SECONDARY:
.DELETE_ON_ERROR:
