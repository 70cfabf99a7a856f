"""JSON written and read, with numpy arrays and dates"""

import datetime

DISTRIBUTIONS = ['orjson']


def check():
    import numpy
    import orjson

    value = {'day': datetime.date(2025, 1, 2), 'array': numpy.arange(3.0), 'text': 'ä'}
    options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_SORT_KEYS
    text = orjson.dumps(value, option=options)
    try:
        orjson.loads('[1,')
    except orjson.JSONDecodeError as error:
        position = error.pos
    return [text.decode(), orjson.loads(text), position]
