# fosr-xdp: objects and binaries go to $(O) (default build/); see README.md for the two commands that do everything.
O ?= build
CC ?= gcc
CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/bin/bpftool) bpftool)
PREFIX ?= /usr/local
# Where Debian keeps asm/types.h, whatever compiler builds the rest.
MULTIARCH ?= $(shell uname -m)-linux-gnu
CFLAGS ?= -O3 -g
WERROR ?=
V ?= 0
ifeq ($(V),0)
Q := @
say = @printf '  %-8s %s\n' $(1) $(2)
else
Q :=
say = @:
endif

LIBS := libxdp libbpf libpcap liburing yaml-0.1 jansson libcrypto
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wwrite-strings -Wvla \
	-Wno-unused-parameter $(if $(WERROR),-Werror)
# Determinism (Documentation/architecture.rst): no contraction, no fast-math, whatever the user's CFLAGS say.
ALL_CFLAGS = $(CFLAGS) -std=gnu11 $(WARN) -fno-common -ffp-contract=off -fno-fast-math -fno-strict-aliasing \
	-D_GNU_SOURCE -Iinclude -Iuser -I$(O)/skel $(SAN)
LDLIBS = $(shell pkg-config --libs $(LIBS)) -lpthread

ALL_SRC := $(sort $(wildcard user/*/*.c))
CMD_SRC := $(wildcard user/cmd/*.c)
LIB_SRC := $(filter-out $(CMD_SRC),$(ALL_SRC))
BPF_SRC := $(wildcard bpf/*.bpf.c)
SKEL := $(BPF_SRC:bpf/%.bpf.c=$(O)/skel/%.skel.h)
LIB_OBJ := $(LIB_SRC:%.c=$(O)/%.o)
CMD_OBJ := $(CMD_SRC:%.c=$(O)/%.o)
UNIT_SRC := $(wildcard selftests/unit/test_*.c selftests/bpf/test_*.c)
UNIT := $(UNIT_SRC:%.c=$(O)/%)

all: $(O)/fosr-xdp

$(O)/fosr-xdp: $(CMD_OBJ) $(O)/libfosr.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $(CMD_OBJ) $(O)/libfosr.a $(LDLIBS)

$(O)/libfosr.a: $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(O)/%.o: %.c | $(SKEL)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/bpf/%.bpf.o: bpf/%.bpf.c
	$(call say,BPF,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) -O2 -g -target bpf -mcpu=v3 -Wall -Wextra -Werror -Wno-unused-parameter -Iinclude -Ibpf \
		-I/usr/include/$(MULTIARCH) -MMD -MP -c -o $@ $<

$(O)/skel/%.skel.h: $(O)/bpf/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name $(subst -,_,$*)_bpf > $@.tmp && mv $@.tmp $@

$(O)/selftests/%: selftests/%.c $(O)/libfosr.a | $(SKEL)
	$(call say,TEST,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -Iselftests -MMD -MP -MF $@.d -o $@ $< $(O)/libfosr.a $(LDLIBS)

# The assembler includes these; the compiler's dependency files do not know.
$(O)/user/profile/embedded.o: profiles/office.fosr profiles/small-office.yaml

unit: $(UNIT)

clean:
	rm -rf $(O)

-include $(ALL_SRC:%.c=$(O)/%.d) $(UNIT:%=%.d) $(BPF_SRC:%.bpf.c=$(O)/%.bpf.d)

.PHONY: all unit clean
.SECONDARY:
.DELETE_ON_ERROR:
