"""every package is used in one process, and once more in the opposite order"""

from compatibility import catalogue


def check():
    names = [name for name, kind in catalogue.names() if kind == 'checks']
    values = {name: catalogue.run(name) for name in names}
    for name in reversed(names):
        assert catalogue.run(name) == values[name], name
    return values
