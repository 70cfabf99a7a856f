"""What the service answers."""

import statistics


def summarize(numbers):
    """Return figures about numbers; no numbers are an error."""
    if not numbers:
        raise ValueError('no numbers')
    return {'mean': statistics.fmean(numbers), 'median': statistics.median(numbers)}
