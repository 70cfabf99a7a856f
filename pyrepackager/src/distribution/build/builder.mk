# Read by make before CPython's own Makefile, through the MAKEFILES variable, in every sub-make.

# The compiler's own __DATE__ would make every build differ.
source_date = $(shell LC_ALL=C date -u -d @$(SOURCE_DATE_EPOCH) '+$(1)')
Modules/getbuildinfo.o: private PY_CORE_CFLAGS += \
	-DDATE='"$(call source_date,%b %e %Y)"' -DTIME='"$(call source_date,%H:%M:%S)"'

# With bitcode, the programs that only serve the build are linked like the interpreter: by lld, but
# without optimising all of it again.
ifdef PYOXIDIZER_LTO
_bootstrap_python: private PY_LDFLAGS_NOLTO += -fuse-ld=lld -Wl,--lto-O0
Programs/_freeze_module Programs/_testembed: private PY_CORE_LDFLAGS += -Wl,--lto-O0
endif

# Prints the variables that NAMES lists, expanded, one `name=value` per line.
.PHONY: pyoxidizer-print-variables
pyoxidizer-print-variables:
	@$(foreach name,$(NAMES),$(info $(name)=$($(name)))):
