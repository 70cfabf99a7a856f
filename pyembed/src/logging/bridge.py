# The handler that passes records of Python's `logging` on to the logger of the Rust program. It is
# executed as a module by mod.rs, which has the functions that the handler calls.

import logging


class RustHandler(logging.Handler):
    """Passes records on to the logger of the Rust program."""

    def __init__(self, rust):
        """Take what has the functions is_enabled, log and flush."""
        super().__init__()
        self._rust = rust

    def createLock(self):
        """Do without a lock: Rust's loggers have theirs, and may wait for Python with it held."""
        self.lock = None

    def _at_fork_reinit(self):
        """Do nothing: there is no lock that a forked process would have to make anew."""

    def handle(self, record):
        """Pass a record on, unless a filter is against it."""
        accepted = self.filter(record)
        if accepted:
            # Since Python 3.12 a filter may put another record in its place.
            self.emit(accepted if isinstance(accepted, logging.LogRecord) else record)
        return accepted

    def emit(self, record):
        """Format a record and pass it on, if Rust's logger wants it."""
        try:
            if self._rust.is_enabled(record.name, record.levelno):
                text = self.format(record)
                place = (record.module, record.pathname, record.lineno)
                self._rust.log(record.name, record.levelno, text, *place)
        except RecursionError:
            # As the handlers of the standard library do.
            raise
        except Exception:
            self.handleError(record)

    def flush(self):
        """Have Rust's logger write what it has buffered."""
        self._rust.flush()


def install(rust, level):
    """Add the handler to the root logger, once, and give that logger a level."""
    root = logging.getLogger()
    if not any(isinstance(handler, RustHandler) for handler in root.handlers):
        root.addHandler(RustHandler(rust))
    root.setLevel(level)
