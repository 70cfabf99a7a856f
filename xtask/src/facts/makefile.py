"""Reads what a configured build of CPython compiles, from its `config-3.X` folder."""

import pathlib
import re

# Marks of a build that differs from the publisher's, or of none of its objects.
NOT_PUBLISHED = {"pydtrace.o"}


class Makefile:
    """The variables of a Makefile."""

    def __init__(self, path):
        self.variables = {}
        text = path.read_text().replace("\\\n", " ")
        for line in text.splitlines():
            variable = re.match(r"^([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$", line)
            if variable:
                self.variables.setdefault(variable[1], variable[2])

    def expand(self, name, without=()):
        """The words of a variable, with those that it refers to."""
        if name in without:
            return []
        words = []
        for word in self.variables.get(name, "").split():
            reference = re.fullmatch(r"\$[({](\w+)[)}]", word)
            prefixed = re.fullmatch(r"(.*)\$[({](\w+)[)}]", word)
            if reference:
                words += self.expand(reference[1], without)
            elif prefixed:
                words += [prefixed[1] + w for w in self.expand(prefixed[2], without)]
            else:
                words.append(word)
        return words

    def core_objects(self, target):
        """Objects of libpython without modules from `Setup` files."""
        names = self.expand("LIBRARY_OBJS", without={"MODOBJS"})
        return {for_target(name, target) for name in names if wanted(name, target)}

    def hash_objects(self, target):
        """Objects of the hash functions' own libraries."""
        variables = [v for v in self.variables if re.fullmatch(r"LIBHACL_\w*OBJS", v)]
        objects = {name for variable in variables for name in self.expand(variable)}
        if not target.startswith("x86_64"):
            # `configure` compiles the vectorized ones for x86-64 alone.
            objects = {name for name in objects if "_Simd" not in name}
        return objects


def wanted(name, target):
    """Whether an object of a Linux build on x86-64 is one of a build for `target`."""
    if not name.endswith(".o") or pathlib.PurePosixPath(name).name in NOT_PUBLISHED:
        return False
    # `configure` has the trampoline for Linux alone.
    return not ("asm_trampoline" in name and "apple" in target)


def for_target(name, target):
    name = name.replace("x86_64-unknown-linux-gnu", target)
    return name.replace("x86_64", target.split("-")[0])


def stdlib_objects(path):
    """Objects of each module in `Setup.stdlib`."""
    modules = {}
    for line in path.read_text().splitlines():
        module = re.match(r"^#?([a-z0-9_]+)\s+(\S+\.c\b.*)$", line)
        if module:
            sources = [word for word in module[2].split() if word.endswith(".c")]
            modules[module[1]] = [f"Modules/{s.removesuffix('.c')}.o" for s in sources]
    return modules


# Lib/importlib/_bootstrap_external.py, Include/internal/pycore_magic_number.h.
MAGIC_NUMBERS = {"3.10": 3439, "3.11": 3495, "3.12": 3531, "3.13": 3571, "3.14": 3627, "3.15": 3666}


def magic_number(config, release):
    """The magic number of bytecode, as it is written to the JSON.

    Read from a header where there is one beside the folder, else from the list above.
    """
    number = MAGIC_NUMBERS[release]
    for header in config.parents[2].glob("include/**/pycore_magic_number.h"):
        found = re.search(r"^#define PYC_MAGIC_NUMBER (\d+)$", header.read_text(), re.M)
        number = int(found[1])
    return (number.to_bytes(2, "little") + b"\r\n").hex()
