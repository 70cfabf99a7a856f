"""Formulas that users write: Python expressions of x, and of what numpy has."""

import numpy

NAMES = {name: getattr(numpy, name) for name in ('cos', 'exp', 'log', 'pi', 'sin', 'sqrt', 'where')}


def evaluate(formula, values):
    """Return the formula's value at each value of x."""
    x = numpy.array(values)
    result = eval(formula, dict(NAMES, x=x))
    return numpy.broadcast_to(result, x.shape).astype(float).tolist()
