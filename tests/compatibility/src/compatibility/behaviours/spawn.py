"""``multiprocessing`` with the start method ``spawn``: arrays sent to two processes and back"""

import multiprocessing


def work(matrix):
    """Returns where the work was done, and what came out."""
    import numpy

    return multiprocessing.current_process().name, numpy.linalg.det(matrix)


def check():
    import numpy

    matrices = [numpy.eye(50) * factor for factor in (1.0, 1.1, 1.2)]
    with multiprocessing.get_context('spawn').Pool(2) as pool:
        results = pool.map(work, matrices, chunksize=1)
    assert all(name.startswith('SpawnPoolWorker-') for name, _ in results), results
    return [round(float(value), 6) for _, value in results]
