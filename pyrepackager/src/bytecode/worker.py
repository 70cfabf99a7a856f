"""Compiles modules for the builder; run with `-c` by the distribution's own interpreter.

Standard input brings batches, standard output takes the results. All integers are
little-endian and unsigned. A batch is a count (4 bytes), then for each module the
optimisation level (1 byte), the file name and the source, each with its length (4
bytes) before it. For each module, in the same order, comes a status (1 byte: 0 for
code, 1 for a syntax error) and a payload with its length (4 bytes) before it: a
marshalled code object, or a line number (4 bytes) and a message. A whole batch is read
before the first result is written, so that neither side waits for the other.
"""

import gc
import marshal
import sys

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
    # `marshal` writes an object that is referred to more than once differently from one
    # that is not, and a fresh code object shares objects with whatever was compiled before
    # it. One that was just read shares objects with itself alone.
    return CODE, marshal.dumps(marshal.loads(marshal.dumps(code)))


def message(text):
    return str(text).encode("utf-8", "backslashreplace")


def main():
    # Codecs that an encoding line names must not come from the current folder.
    sys.path[:] = [path for path in sys.path if path]
    gc.disable()
    requests, results = sys.stdin.buffer, sys.stdout.buffer
    while (batch := read_batch(requests)) is not None:
        for module in batch:
            status, payload = compile_module(*module)
            results.write(status + number(len(payload)) + payload)
        results.flush()


main()
