# Read by make before CPython's own Makefile, through the MAKEFILES variable, in every sub-make.

# The compiler's own __DATE__ would make every build differ.
source_date = $(shell LC_ALL=C date -u -d @$(SOURCE_DATE_EPOCH) '+$(1)')
Modules/getbuildinfo.o: private PY_CORE_CFLAGS += \
	-DDATE='"$(call source_date,%b %e %Y)"' -DTIME='"$(call source_date,%H:%M:%S)"'

# Prints the variables that NAMES lists, expanded, one `name=value` per line.
.PHONY: pyoxidizer-print-variables
pyoxidizer-print-variables:
	@$(foreach name,$(NAMES),$(info $(name)=$($(name)))):
