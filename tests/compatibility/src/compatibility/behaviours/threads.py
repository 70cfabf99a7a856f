"""eight threads multiply matrices with OpenBLAS at once, and import packages at once"""

import importlib
from concurrent.futures import ThreadPoolExecutor

PACKAGES = ['lxml.etree', 'orjson', 'regex', 'msgpack', 'zmq', 'PIL.Image', 'greenlet', 'scipy.fft']


def check():
    import numpy

    matrix = numpy.random.default_rng(4).random((300, 300))
    expected = matrix @ matrix
    with ThreadPoolExecutor(8) as executor:
        imports = [executor.submit(importlib.import_module, name) for name in PACKAGES]
        products = list(executor.map(lambda _: matrix @ matrix, range(64)))
    assert all(numpy.allclose(product, expected) for product in products)
    return [future.result().__name__ for future in imports]
