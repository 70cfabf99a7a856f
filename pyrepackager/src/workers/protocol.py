"""Does work for the builder; run with `-c` by the distribution's own interpreter.

Standard input brings the work and then requests in batches, standard output takes the
replies. All integers are little-endian and unsigned; a block is its length (4 bytes) and
that many bytes. First comes the number of Python modules (4 bytes) and for each its name
and its source, two blocks; each can import those before it, and the last one defines
`work(request, reply)`. A batch is a count (4 bytes) and that many blocks, one for each
request. `work` is called with each, in order, and has to pass the bytes of one reply to
`reply`, here or in a process that it forks; each is written as a block. A whole batch is
read before the first reply is written, so that neither side waits for the other.
"""

import sys

# What is imported from here on must not come from the current folder: neither these, nor what
# the work imports, nor the codecs that encoding lines name.
sys.path[:] = [path for path in sys.path if path]

import gc


def number(value):
    return value.to_bytes(4, "little")


def read(stream, length):
    data = stream.read(length)
    if len(data) != length:
        raise EOFError("the builder broke off within a batch")
    return data


def read_number(stream):
    return int.from_bytes(read(stream, 4), "little")


def read_block(stream):
    return read(stream, read_number(stream))


def read_work(stream):
    """Executes the modules of the work, and returns its function."""
    for _ in range(read_number(stream)):
        name = read_block(stream).decode("utf-8")
        module = sys.modules[name] = type(sys)(name)
        exec(compile(read_block(stream), f"<{name}>", "exec"), vars(module))
    return module.work


def read_batch(stream):
    """Returns the next batch, or None when there is none left."""
    count = stream.read(4)
    if not count:
        return None
    return [read_block(stream) for _ in range(int.from_bytes(count, "little"))]


def reply(payload):
    results = sys.stdout.buffer
    results.write(number(len(payload)) + payload)
    results.flush()


def main():
    gc.disable()
    requests = sys.stdin.buffer
    work = read_work(requests)
    while (batch := read_batch(requests)) is not None:
        for request in batch:
            work(request, reply)


main()
