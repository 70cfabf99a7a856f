"""linear algebra, a Fourier transform, random numbers, arrays of text, a file of arrays"""

import io

DISTRIBUTIONS = ['numpy']


def check():
    import numpy as np

    matrix = np.random.default_rng(1).random((300, 300))
    assert np.allclose(np.linalg.inv(matrix) @ matrix, np.eye(300))
    signal = np.sin(2 * np.pi * 5 * np.arange(256) / 256)
    assert int(np.argmax(np.abs(np.fft.rfft(signal)))) == 5
    file = io.BytesIO()
    np.savez(file, matrix=matrix, words=np.array(['ä', 'bc']))
    file.seek(0)
    loaded = np.load(file)
    assert np.array_equal(loaded['matrix'], matrix)
    values = np.linalg.eigvalsh(matrix + matrix.T)
    return [
        float(matrix.sum()),
        round(float(values[-1]), 9),
        np.char.upper(loaded['words']).tolist(),
    ]
