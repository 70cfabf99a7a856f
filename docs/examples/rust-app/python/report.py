"""Calls functions written in Rust, and is called from Rust."""

import statistics

import engine


def summary(words):
    """Return a line on the words, with numbers that Rust worked out."""
    lengths = [engine.letters(word) for word in words]
    if not lengths:
        raise ValueError('no words')
    return f'{len(words)} words, {statistics.mean(lengths):.2f} letters on average'


def describe(text):
    """Return what a Rust object knows of a text."""
    counter = engine.Counter()
    for letter in text:
        counter.add(letter)
    return f'{counter.total} letters, {counter.distinct()} of them different'
