"""What the C program leaves to Python."""

import collections
import json
import statistics

import terminal


def words(text):
    """Return the most frequent words, as JSON, with how wide the terminal is."""
    counted = collections.Counter(text.lower().split())
    if not counted:
        raise ValueError('no words')
    return json.dumps({'words': counted.most_common(2), 'width': terminal.width()})


def mean(numbers):
    """Return the mean of numbers, which C code has made."""
    return statistics.fmean(numbers)
