"""an integral, a minimum, a sparse system, statistics, a k-d tree, a spline"""

DISTRIBUTIONS = ['scipy']


def check():
    import numpy as np
    from scipy import fft, integrate, interpolate, optimize, signal, sparse, spatial, special, stats
    from scipy.sparse.linalg import eigsh, spsolve

    area, _ = integrate.quad(np.sin, 0, np.pi)
    minimum = optimize.minimize(optimize.rosen, [1.3, 0.7, 0.8], method='BFGS')
    laplace = sparse.diags([-1.0, 2.0, -1.0], [-1, 0, 1], shape=(100, 100), format='csc')
    solution = spsolve(laplace, np.ones(100))
    largest = eigsh(laplace, k=1, return_eigenvectors=False)
    points = np.random.default_rng(2).random((500, 3))
    distance, _ = spatial.cKDTree(points).query([0.5, 0.5, 0.5])
    hull = spatial.ConvexHull(points)
    spline = interpolate.CubicSpline([0, 1, 2, 3], [0, 1, 8, 27])
    taps = signal.butter(4, 0.2)[0]
    assert np.allclose(fft.ifft(fft.fft(points[:, 0])).real, points[:, 0])
    numbers = [
        area,
        *minimum.x,
        solution[50],
        largest[0],
        distance,
        hull.volume,
        spline(1.5),
        taps[0],
        special.gamma(4.5),
        stats.norm.ppf(0.975),
        stats.ttest_ind(points[:, 0], points[:, 1]).pvalue,
    ]
    return [round(float(number), 5) for number in numbers]
