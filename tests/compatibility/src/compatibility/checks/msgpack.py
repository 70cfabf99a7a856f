"""values packed and unpacked by the Cython implementation"""

DISTRIBUTIONS = ['msgpack']


def check():
    import msgpack
    import msgpack._cmsgpack

    assert msgpack.Packer is msgpack._cmsgpack.Packer
    packed = msgpack.packb({'a': [1, 2.5, 'ä'], 'b': b'\0'})
    unpacker = msgpack.Unpacker()
    unpacker.feed(packed * 2)
    return [packed.hex(), len(list(unpacker)), msgpack.unpackb(packed)['a']]
