"""a compressed file in memory, written and read"""

import io

DISTRIBUTIONS = ['h5py']


def check():
    import h5py
    import numpy

    values = numpy.arange(10000.0).reshape(100, 100)
    file = io.BytesIO()
    with h5py.File(file, 'w') as written:
        written.create_dataset(
            'a/values', data=values, compression='gzip', shuffle=True, chunks=(10, 10)
        )
        written['a'].attrs['unit'] = 'm'
    file.seek(0)
    with h5py.File(file) as read:
        assert numpy.array_equal(read['a/values'][:], values)
        return [list(read['a']), read['a'].attrs['unit'], float(read['a/values'][3:5, ::7].sum())]
