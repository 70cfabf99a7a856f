"""Finds what a module imports, without running it: work for `workers/protocol.py`.

A request is one byte, 1 for a package's `__init__.py` and 0 for other modules, and the source. A
reply is JSON: `imports`, a list of line, circumstance, level of a relative import, module, and
names of a `from` import; `names`, what a package may have as attributes, null when that is not
known; `dynamic`, whether the module may have submodules that no finder finds; `paths`, whether it
may change `sys.path`. A module that does not parse imports nothing: compiling it says why.

What is never reached, because of a condition that `conditions.py` knows to fail, is not seen.
"""

import ast
import json

from conditions import Conditions

# Circumstances. An import has the last one of those that it stands in.
REQUIRED = 0
# In a function, or under some condition: later, or never.
DEFERRED = 1
# When the module is run.
MAIN = 2
# Where a failure is caught, or where the code asks for the platform or the module before.
OPTIONAL = 3

CATCHES_IMPORT_ERRORS = {
    "ImportError",
    "ModuleNotFoundError",
    "Exception",
    "BaseException",
    # Not that one, but it is how code finds out that it does not run under Python 2.
    "NameError",
}

# Functions that import what their first argument names, or look for it.
IMPORTING_CALLS = (b"import_module", b"__import__", b"find_spec", b"importorskip")

# A package that names one of these may have any attribute.
OPEN_NAMES = {"__getattr__", "__dict__", "globals", "locals", "vars", "exec", "setattr", "modules"}


class Scan:
    def __init__(self, is_package, source):
        self.is_package = is_package
        self.has_calls = any(name in source for name in IMPORTING_CALLS)
        self.imports = []
        self.conditions = Conditions()

    # Statements. Each function returns whether nothing behind the statement is reached.

    def block(self, statements, circumstance, top=False):
        for node in statements:
            if self.has_calls:
                self.calls(node, circumstance)
            visit = VISITS.get(type(node))
            if visit and visit(self, node, circumstance, top):
                return True
        return False

    def import_(self, node, circumstance, top):
        if getattr(node, "is_lazy", False):
            circumstance = max(circumstance, DEFERRED)
        for alias in node.names:
            self.add(node, circumstance, 0, alias.name, [])
            bound = alias.asname or alias.name.partition(".")[0]
            self.conditions.origins[bound] = alias.name if alias.asname else bound

    def import_from(self, node, circumstance, top):
        if getattr(node, "is_lazy", False):
            circumstance = max(circumstance, DEFERRED)
        names = [alias.name for alias in node.names]
        self.add(node, circumstance, node.level, node.module or "", names)
        if not node.level:
            for alias in node.names:
                self.conditions.origins[alias.asname or alias.name] = f"{node.module}.{alias.name}"

    def if_(self, node, circumstance, top):
        truth = self.conditions.truth(node.test)
        if truth is not None:
            return self.block(node.body if truth else node.orelse, circumstance, top)
        inner = max(circumstance, DEFERRED)
        first = len(self.imports)
        body = self.block(node.body, inner)
        last = len(self.imports)
        orelse = self.block(node.orelse, inner)
        # Most conditions guard no import, and it takes a while to look at them.
        if len(self.imports) > first:
            guard = self.guard(node.test)
            guarded = self.imports[first:last] if guard == MAIN else self.imports[first:]
            for found in guarded:
                found[1] = max(found[1], guard)
        return body and orelse

    def try_(self, node, circumstance, top):
        inner, handling = circumstance, max(circumstance, DEFERRED)
        if any(catches_import_errors(handler.type) for handler in node.handlers):
            inner = handling = OPTIONAL
        self.block(node.body, inner, top)
        for handler in node.handlers:
            self.block(handler.body, handling)
        self.block(node.orelse, inner, top)
        return self.block(node.finalbody, circumstance, top)

    def with_(self, node, circumstance, top):
        for item in node.items:
            # `contextlib.suppress(ImportError)`, and tests that expect the error.
            match item.context_expr:
                case ast.Call(args=args) if any(map(catches_import_errors, args)):
                    self.block(node.body, OPTIONAL)
                    return False
        return self.block(node.body, circumstance, top)

    def loop(self, node, circumstance, top):
        inner = max(circumstance, DEFERRED)
        if not (isinstance(node, ast.While) and self.conditions.truth(node.test) is False):
            self.block(node.body, inner)
        self.block(node.orelse, inner)

    def match_(self, node, circumstance, top):
        for case in node.cases:
            self.block(case.body, max(circumstance, DEFERRED))

    def function(self, node, circumstance, top):
        self.block(node.body, max(circumstance, DEFERRED))

    def class_(self, node, circumstance, top):
        self.block(node.body, circumstance)

    def assign(self, node, circumstance, top):
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.conditions.bind(target.id, node.value if top else None)

    def assert_(self, node, circumstance, top):
        return self.conditions.truth(node.test) is False

    def leave(self, node, circumstance, top):
        return True

    def add(self, node, circumstance, level, module, names):
        self.imports.append([node.lineno, circumstance, level, module, names])

    # Functions that import.

    def calls(self, node, circumstance):
        """Looks into the expressions of a statement, not into statements inside it."""
        for child in ast.iter_child_nodes(node):
            match child:
                case ast.stmt() | ast.excepthandler() | ast.match_case():
                    continue
                case ast.Lambda():
                    self.calls(child, max(circumstance, DEFERRED))
                    continue
                case ast.Call():
                    self.call(child, circumstance)
            self.calls(child, circumstance)

    def call(self, node, circumstance):
        match node:
            case ast.Call(
                func=ast.Name(id=function) | ast.Attribute(attr=function),
                args=[ast.Constant(value=str(name)), *rest],
            ):
                module = name.lstrip(".")
                level = len(name) - len(module)
                if not module or (level and not self.is_own_package(rest, node.keywords)):
                    return
                if function in ("find_spec", "importorskip"):
                    self.add(node, OPTIONAL, level, module, [])
                # The fifth argument of `__import__` says that the name is a relative one.
                elif function == "import_module" or (function == "__import__" and len(rest) < 4):
                    self.add(node, circumstance, level, module, [])

    def is_own_package(self, arguments, keywords):
        package = [*arguments, *(key.value for key in keywords if key.arg == "package")]
        match package:
            case [ast.Name(id="__package__")]:
                return True
            case [ast.Name(id="__name__")]:
                return self.is_package
        return False

    # Conditions.

    def guard(self, test):
        """The circumstance of what stands under a condition that is not known."""
        match test:
            case ast.Compare(
                left=ast.Name(id="__name__"),
                ops=[ast.Eq()],
                comparators=[ast.Constant(value="__main__")],
            ):
                return MAIN
        return OPTIONAL if self.conditions.probes(test) else DEFERRED


def catches_import_errors(node):
    """Whether an `except` clause of this type catches that a module is missing."""
    match node:
        case None:
            return True
        case ast.Tuple(elts=elements):
            return any(map(catches_import_errors, elements))
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in CATCHES_IMPORT_ERRORS
    return False


# How each kind of statement is looked at; the others hold no statements.
VISITS = {
    ast.Import: Scan.import_,
    ast.ImportFrom: Scan.import_from,
    ast.If: Scan.if_,
    ast.Try: Scan.try_,
    ast.With: Scan.with_,
    ast.AsyncWith: Scan.with_,
    ast.For: Scan.loop,
    ast.AsyncFor: Scan.loop,
    ast.While: Scan.loop,
    ast.Match: Scan.match_,
    ast.FunctionDef: Scan.function,
    ast.AsyncFunctionDef: Scan.function,
    ast.ClassDef: Scan.class_,
    ast.Assign: Scan.assign,
    ast.Assert: Scan.assert_,
    ast.Raise: Scan.leave,
    ast.Return: Scan.leave,
    ast.Continue: Scan.leave,
    ast.Break: Scan.leave,
}
if hasattr(ast, "TryStar"):
    VISITS[ast.TryStar] = Scan.try_


def attributes(tree):
    """Every name that the code of a package binds anywhere, None when it may bind others."""
    names = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in OPEN_NAMES:
                return None
            case ast.ImportFrom(names=[ast.alias(name="*")]):
                return None
            case ast.ImportFrom(level=1, module=None, names=aliases):
                # From this very package: what is there under its own name is a module.
                names.update(
                    alias.asname for alias in aliases if alias.asname not in (None, alias.name)
                )
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names.update(alias.asname or alias.name.partition(".")[0] for alias in aliases)
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                if name in OPEN_NAMES:
                    return None
                names.add(name)
            case ast.ClassDef(name=name) | ast.ExceptHandler(name=str(name)):
                names.add(name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names.add(name)
    return sorted(names)


def work(request, reply):
    source = request[1:]
    scan = Scan(request[0] == 1, source)
    names = None
    try:
        tree = compile(source, "<module>", "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
        scan.block(tree.body, REQUIRED, top=True)
        names = attributes(tree) if scan.is_package else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        scan.imports.clear()
    found = {
        "imports": scan.imports,
        "names": names,
        "dynamic": any(word in source for word in (b"sys.modules", b"meta_path", b"__path__")),
        "paths": b"sys.path" in source,
    }
    reply(json.dumps(found, separators=(",", ":")).encode())
