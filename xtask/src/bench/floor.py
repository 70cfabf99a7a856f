"""What `cargo xtask bench floor` runs, by the name of a task."""

import sys


def hello():
    print("hello world")


def imports():
    import argparse, asyncio, email, http.client, json, logging, sqlite3, ssl, unittest, xml.etree.ElementTree


def json_text():
    import json

    value = {str(number): [number, number * 1.5, None, "text" * 3] for number in range(2000)}
    for _ in range(10):
        value = json.loads(json.dumps(value))


def loops():
    def fib(number):
        return number if number < 2 else fib(number - 1) + fib(number - 2)

    fib(21)
    counts = {}
    for number in range(200_000):
        counts[number % 997] = counts.get(number % 997, 0) + 1


def native():
    import numpy

    matrix = numpy.arange(10_000.0).reshape(100, 100)
    print(numpy.linalg.norm(matrix @ matrix))


globals()[sys.argv[1]]()
