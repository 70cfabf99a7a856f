"""Prints a greeting and, with an argument, the largest size in memory that the process had."""

import sys

print('hello world')
if sys.argv[1:] == ['--memory']:
    with open('/proc/self/status') as status:
        print(next(line.split()[1] for line in status if line.startswith('VmHWM:')))
