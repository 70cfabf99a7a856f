"""What the tool leaves to numpy."""

import multiprocessing

import numpy


def fit(points, degree):
    """Return the coefficients of a polynomial through points, the highest power first."""
    xs, ys = numpy.transpose(points)
    return [round(float(c), 6) for c in numpy.polyfit(xs, ys, degree)]


def fits(points, degrees):
    """Do the same for several degrees, each in a process of its own."""
    with multiprocessing.get_context('spawn').Pool(2) as pool:
        return pool.starmap(fit, [(points, degree) for degree in degrees])
