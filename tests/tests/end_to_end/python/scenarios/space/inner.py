"""A module of a namespace package."""


def double(number):
    result = number * 2
    return result


def fail():
    return 1 / 0
