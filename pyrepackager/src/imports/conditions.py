"""Decides conditions that hold or fail on every machine that this interpreter runs on.

`sys.platform == "win32"` and `sys.version_info >= (3, 14)` are of that kind, `TYPE_CHECKING` too.
"""

import ast
import contextlib
import os
import sys

SYSTEMS = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}

# What is the same on every machine that this interpreter runs on.
KNOWN = {
    "os.name": os.name,
    "six.PY2": False,
    "six.PY3": True,
    "sys.byteorder": sys.byteorder,
    "sys.hexversion": sys.hexversion,
    "sys.implementation.name": sys.implementation.name,
    "sys.platform": sys.platform,
    "sys.version_info": tuple(sys.version_info),
    "sys.version_info.major": sys.version_info.major,
    "sys.version_info.minor": sys.version_info.minor,
}
KNOWN_CALLS = {"platform.python_implementation": "CPython"}
if sys.platform in SYSTEMS:
    KNOWN_CALLS["platform.system"] = SYSTEMS[sys.platform]

# Code that asks for one of these knows that an import may fail.
PROBES = ("sys.platform", "os.name", "sys.version_info", "sys.implementation", "sys.modules")
PROBING_CALLS = ("find_spec", "find_loader", "hasattr", "getattr")

COMPARISONS = {
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
    ast.Is: lambda a, b: a is b,
    ast.IsNot: lambda a, b: a is not b,
}


UNKNOWN = object()


class Unknown(Exception):
    """A condition is not the same everywhere."""


class Conditions:
    """What the names at the top of one module stand for, as far as conditions ask for it."""

    def __init__(self):
        # Dotted names of what was imported, by the names that it was given.
        self.origins = {}
        # Values of expressions that were given a name; UNKNOWN for other names.
        self.values = {}

    def bind(self, name, node):
        """Notes that a name is assigned an expression, None when it depends on something."""
        value = UNKNOWN
        # Constants are mostly defaults, which something else replaces.
        if name not in self.values and not isinstance(node, ast.Constant | ast.Tuple | ast.List):
            with contextlib.suppress(Exception):
                value = self.value(node)
        self.values[name] = value

    def truth(self, node):
        """Whether a condition holds; None when that is not the same everywhere."""
        try:
            return bool(self.value(node))
        except Exception:
            # Also those of comparisons that would fail in the module itself.
            return None

    def value(self, node):
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
                return tuple(self.value(element) for element in elements)
            case ast.Name() | ast.Attribute():
                return self.named(node)
            case ast.Subscript(value=base, slice=ast.Slice(lower=lower, upper=upper, step=None)):
                bounds = [bound and self.value(bound) for bound in (lower, upper)]
                return self.value(base)[slice(*bounds)]
            case ast.Subscript(value=base, slice=index):
                return self.value(base)[self.value(index)]
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return not self.value(operand)
            case ast.BoolOp(op=op, values=operands):
                truths = [self.truth(operand) for operand in operands]
                decisive = isinstance(op, ast.Or)
                if decisive in truths:
                    return decisive
                if None not in truths:
                    return not decisive
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return COMPARISONS[type(op)](self.value(left), self.value(right))
            case ast.Call(func=ast.Attribute(value=base, attr="startswith"), args=[prefix]):
                return self.value(base).startswith(self.value(prefix))
            case ast.Call(func=function, args=[]) if self.dotted(function) in KNOWN_CALLS:
                return KNOWN_CALLS[self.dotted(function)]
        raise Unknown

    def named(self, node):
        name = self.dotted(node)
        if name.rpartition(".")[2] == "TYPE_CHECKING":
            return False
        if name in KNOWN:
            return KNOWN[name]
        value = self.values.get(name, UNKNOWN)
        if value is UNKNOWN:
            raise Unknown
        return value

    def dotted(self, node):
        match node:
            case ast.Name(id=name):
                return self.origins.get(name, name)
            case ast.Attribute(value=base, attr=attribute):
                return f"{self.dotted(base)}.{attribute}"
        return ""

    def probes(self, test):
        """Whether the condition asks for the platform, or for whether something is there."""
        for node in ast.walk(test):
            name = self.dotted(node)
            if name in PROBES or name.startswith("platform."):
                return True
            if name.rpartition(".")[2].isupper():
                # `HAS_SSL`, `PY314`: somebody asked before, and gave the answer a name.
                return True
            if isinstance(node, ast.Call):
                if self.dotted(node.func).rpartition(".")[2] in PROBING_CALLS:
                    return True
        return False
