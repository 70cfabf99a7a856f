"""ABI mode: the C library called, with a callback into Python; API mode: the module of a wheel"""

DISTRIBUTIONS = ['cffi']


def check():
    from cffi import FFI
    from nacl._sodium import ffi as compiled
    from nacl._sodium import lib

    ffi = FFI()
    ffi.cdef("""
        struct div { int quot; int rem; };
        double sqrt(double);
        void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
    """)
    mathematics = ffi.dlopen('libm.so.6')
    library = ffi.dlopen(None)

    @ffi.callback('int(const void *, const void *)')
    def compare(left, right):
        return ffi.cast('int *', left)[0] - ffi.cast('int *', right)[0]

    numbers = ffi.new('int[]', [3, 1, 2])
    library.qsort(numbers, 3, 4, compare)
    digest = compiled.new('unsigned char[]', 64)
    assert lib.crypto_hash_sha512(digest, b'text', 4) == 0
    return [list(numbers), mathematics.sqrt(2.0), bytes(digest).hex()]
