"""Programs that end with an exception, an exit code or a signal."""

import atexit
import signal
import sys
import threading
import time


def exit_without_value():
    sys.exit()


def exit_number(number):
    sys.exit(int(number))


def exit_text():
    sys.exit('a message for the user')


def exit_object():
    raise SystemExit(['a', 'list'])


def exit_true():
    sys.exit(True)


def exit_group():
    raise SystemExit(1, 2)


def uncaught():
    raise ValueError('wrong value')


def chained():
    try:
        {}['missing']
    except KeyError as error:
        raise RuntimeError('lookup failed') from error


def group():
    raise ExceptionGroup('several', [ValueError('one'), TypeError('two')])


def nested():
    def inner(depth):
        if depth == 0:
            raise ArithmeticError('at the bottom')
        inner(depth - 1)

    inner(3)


def with_note():
    error = ValueError('noted')
    error.add_note('here is why')
    raise error


def own_hook():
    def hook(kind, value, traceback):
        print(f'hook: {kind.__name__}: {value}', file=sys.stderr)

    sys.excepthook = hook
    raise ValueError('for the hook')


def hook_exits():
    def hook(kind, value, traceback):
        sys.exit(7)

    sys.excepthook = hook
    raise ValueError('for the hook')


def at_exit():
    atexit.register(print, 'registered first')
    atexit.register(print, 'registered last')
    sys.exit(3)


def thread_outlives_main():
    def work():
        time.sleep(0.2)
        print('the thread is done')

    threading.Thread(target=work).start()
    print('main is done')


def thread_fails():
    thread = threading.Thread(target=uncaught, name='worker')
    thread.start()
    thread.join()


def unraisable():
    class Fragile:
        def __del__(self):
            raise ValueError('in the destructor')

    Fragile()


def interrupt_itself():
    # Whoever started the tests may ignore the signal, as shells do for background jobs.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.raise_signal(signal.SIGINT)


def wait_for_interrupt():
    print('ready', flush=True)
    time.sleep(60)


def catch_interrupt():
    print('ready', flush=True)
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        print('caught')


def kill_itself():
    signal.raise_signal(signal.SIGKILL)
