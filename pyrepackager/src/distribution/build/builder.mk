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

# Berkeley DB stays inside of the module.
Modules/_dbm.%: private BLDSHARED += -Wl,--exclude-libs,libdb.a

# Not by a Setup file: CPython's makefile imports what it made, and drops what does not import, but
# the machine may lack the libraries of X11. Tcl lies in the folder TCL, and later in install/lib.
tkinter_objects = Modules/_tkinter.o Modules/tkappinit.o
.PHONY: pyoxidizer-tkinter
pyoxidizer-tkinter:
	$(foreach object,$(tkinter_objects),$(CC) -DWITH_APPINIT=1 -I$(TCL)/include \
		$(PY_STDMODULE_CFLAGS) $(CCSHARED) -c $(object:.o=.c) -o $(object) &&) \
	$(BLDSHARED) $(tkinter_objects) -L$(TCL)/lib -ltk8.6 -ltcl8.6 \
		'-Wl,-rpath,$$ORIGIN/../..' -o Modules/_tkinter$(EXT_SUFFIX)

# Prints the variables that NAMES lists, expanded, one `name=value` per line.
.PHONY: pyoxidizer-print-variables
pyoxidizer-print-variables:
	@$(foreach name,$(NAMES),$(info $(name)=$($(name)))):
