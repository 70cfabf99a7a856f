"""``fork`` after OpenBLAS has started threads; the child computes and loads more libraries"""

import os


def check():
    import numpy
    import scipy.linalg

    matrix = numpy.random.default_rng(3).random((400, 400))
    expected = scipy.linalg.lu_factor(matrix @ matrix.T)[0]
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = _child(matrix, expected, writing)
        finally:
            os._exit(status)
    os.close(writing)
    with open(reading, 'rb') as pipe:
        found = pipe.read()
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, found
    return found.decode()


def _child(matrix, expected, writing):
    import lxml.etree
    import numpy
    import scipy.linalg

    again = scipy.linalg.lu_factor(matrix @ matrix.T)[0]
    assert numpy.allclose(again, expected)
    os.write(writing, lxml.etree.tostring(lxml.etree.Element('child')))
    return 0
