"""Compiles modules for the builder; run with `-c` by the distribution's own interpreter.

Standard input brings batches, standard output takes the results. All integers are
little-endian and unsigned. A batch is a count (4 bytes), then for each module the
optimisation level (1 byte), the file name and the source, each with its length (4
bytes) before it. For each module, in the same order, comes a status (1 byte: 0 for
code, 1 for a syntax error) and a payload with its length (4 bytes) before it: a
marshalled code object, or a line number (4 bytes) and a message. A whole batch is read
before the first result is written, so that neither side waits for the other.
"""

import sys

# What is imported from here on must not come from the current folder: neither these, nor the
# codecs that encoding lines name.
sys.path[:] = [path for path in sys.path if path]

import gc
import marshal
import os

CODE = b"\0"
SYNTAX_ERROR = b"\1"


def number(value):
    return value.to_bytes(4, "little")


def read(stream, length):
    data = stream.read(length)
    if len(data) != length:
        raise EOFError("the builder broke off within a batch")
    return data


def read_block(stream):
    return read(stream, int.from_bytes(read(stream, 4), "little"))


def read_batch(stream):
    """Returns the next batch, or None when there is none left."""
    count = stream.read(4)
    if not count:
        return None
    batch = []
    for _ in range(int.from_bytes(count, "little")):
        level = read(stream, 1)[0]
        filename = read_block(stream).decode("utf-8")
        batch.append((level, filename, read_block(stream)))
    return batch


def compile_module(level, filename, source):
    try:
        code = compile(source, filename, "exec", dont_inherit=True, optimize=level)
    except SyntaxError as error:
        return SYNTAX_ERROR, number(error.lineno or 0) + message(error.msg)
    except Exception as error:
        # Null bytes and nesting beyond the parser's limits end an import too.
        return SYNTAX_ERROR, number(0) + message(f"{type(error).__name__}: {error}")
    return CODE, marshal.dumps(code)


def compile_apart(results, *module):
    """Compiles in a process that has compiled nothing before, where the system can fork.

    `marshal` writes a string in one of two ways, by whether it is interned, and that depends
    on the strings of all modules that this process has compiled: the qualified name of a
    class is interned in place only when no equal string has been.
    """
    child = os.fork() if hasattr(os, "fork") else 0
    if child:
        _, status = os.waitpid(child, 0)
        if status:
            sys.exit(f"compiling {module[1]} ended with wait status {status}")
        return
    status, payload = compile_module(*module)
    results.write(status + number(len(payload)) + payload)
    results.flush()
    if hasattr(os, "fork"):
        os._exit(0)


def message(text):
    return str(text).encode("utf-8", "backslashreplace")


def main():
    gc.disable()
    requests, results = sys.stdin.buffer, sys.stdout.buffer
    while (batch := read_batch(requests)) is not None:
        for module in batch:
            compile_apart(results, *module)


main()
