# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6"]
# ///
"""Solves a system of linear equations with numpy, which loads NumPy's libraries and OpenBLAS."""

import numpy as np

SIZE = 50


def main():
    """The program."""
    matrix = np.eye(SIZE) * SIZE + np.arange(SIZE * SIZE).reshape(SIZE, SIZE) % 7
    expected = np.arange(SIZE, dtype=float)
    found = np.linalg.solve(matrix, matrix @ expected)
    print('solved' if np.allclose(found, expected) else 'not solved', SIZE)


if __name__ == '__main__':
    main()
