"""What the Rust program `interop` has logged."""

import atexit
import logging
import threading

KEPT = []


class Kept(logging.Handler):
    """A handler that was there before."""

    def emit(self, record):
        KEPT.append(record.getMessage())


class Unwanted:
    """What nobody should format."""

    def __str__(self):
        print('formatted', flush=True)
        return 'unwanted'


def prepare():
    """Set up logging as a library may do."""
    logging.getLogger().addHandler(Kept())


def say():
    """Log what there is to log."""
    logger = logging.getLogger('app.part')
    logger.info('counted %d', 3)
    logger.debug('%s', Unwanted())
    logger.log(25, 'between levels')
    logging.getLogger('app.unwanted').error('%s', Unwanted())
    logger.critical('no text: \udc80')
    try:
        raise ValueError('refused')
    except ValueError:
        logger.exception('it failed')
    logging.getLogger('recursive').warning('once')
    logging.warning('at the root')
    print('kept', KEPT, flush=True)


def again():
    """Log what Rust's logger must not be given: it is at work."""
    # Since 3.13.4 a logger drops what is logged meanwhile, before any handler.
    record = logging.LogRecord('recursive.again', 30, __file__, 1, 'again', None, None)
    for handler in logging.getLogger().handlers:
        handler.handle(record)


def count():
    """Log from several threads."""
    logger = logging.getLogger('threads')
    threads = [
        threading.Thread(target=lambda: [logger.info('one') for _ in range(100)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def log_until_the_end():
    """Log from a thread that nobody waits for, and when the interpreter ends."""
    logger = logging.getLogger('threads')

    def work():
        while True:
            logger.info('one')

    threading.Thread(target=work, daemon=True).start()
    atexit.register(logging.getLogger('app').warning, 'at exit')
