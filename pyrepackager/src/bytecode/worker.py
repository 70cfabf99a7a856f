"""Compiles modules: work for `workers/protocol.py`.

A request is the optimisation level (1 byte), the length of the file name (4 bytes,
little-endian), the file name and the source. A reply begins with a status (1 byte): 0 and a
marshalled code object, or 1, a line number (4 bytes) and a message.
"""

import marshal
import os
import sys

CODE = b"\0"
SYNTAX_ERROR = b"\1"


def compile_module(level, filename, source):
    try:
        code = compile(source, filename, "exec", dont_inherit=True, optimize=level)
    except SyntaxError as error:
        return syntax_error(error.lineno or 0, error.msg)
    except Exception as error:
        # Null bytes and nesting beyond the parser's limits end an import too.
        return syntax_error(0, f"{type(error).__name__}: {error}")
    return CODE + marshal.dumps(code)


def syntax_error(line, text):
    message = str(text).encode("utf-8", "backslashreplace")
    return SYNTAX_ERROR + line.to_bytes(4, "little") + message


def work(request, reply):
    """Compiles in a process that has compiled nothing before, where the system can fork.

    `marshal` writes a string in one of two ways, by whether it is interned, and that depends
    on the strings of all modules that this process has compiled: the qualified name of a
    class is interned in place only when no equal string has been.
    """
    end = 5 + int.from_bytes(request[1:5], "little")
    filename = request[5:end].decode("utf-8")
    child = os.fork() if hasattr(os, "fork") else 0
    if child:
        _, status = os.waitpid(child, 0)
        if status:
            sys.exit(f"compiling {filename} ended with wait status {status}")
        return
    reply(compile_module(request[0], filename, request[end:]))
    if hasattr(os, "fork"):
        os._exit(0)
