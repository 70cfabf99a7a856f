# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Prints a greeting: the smallest program that is measured."""


def main():
    """The program."""
    print('hello world')


if __name__ == '__main__':
    main()
