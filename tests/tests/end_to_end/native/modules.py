"""What the tests of kinds of extension modules run: one function, named by the first argument."""

import importlib
import importlib.machinery
import importlib.util
import os
import sys


def kinds():
    """Import each kind of module."""
    import both
    import multi
    import packed
    import packed.inner
    import plain
    import single
    import space.deep._c
    import stable

    modules = [multi, stable, plain, packed, space.deep._c, both]
    assert [module.answer() for module in modules] == [1, 3, 4, 5, 7, 8]
    assert packed.inner.x == 6 and packed.__path__ == [os.path.join(sys.executable, 'packed')]
    assert packed.__spec__.submodule_search_locations == packed.__path__
    assert os.path.basename(packed.__file__).startswith('__init__.')
    for module in [*modules, single]:
        assert isinstance(module.__loader__, importlib.machinery.ExtensionFileLoader)
        assert module.__file__.startswith(sys.executable + os.sep)
        assert module.__spec__.has_location and module.__spec__.cached is None
    assert sys.modules['space'].__file__ is None
    assert space.deep._c.__package__ == 'space.deep'


def interpreters():
    """Import in interpreters of their own, with a lock of their own and with the common one."""
    import _interpreters

    code = 'import multi; assert multi.answer() == 1'
    for kind in ('isolated', 'legacy'):
        other = _interpreters.create(kind)
        error = _interpreters.run_string(other, code)
        assert error is None, error
        refused = _interpreters.run_string(other, 'import single')
        assert (refused is None) == (kind == 'legacy'), refused
        assert refused is None or 'does not support loading in subinterpreters' in refused.msg
        _interpreters.destroy(other)


def two_in_one():
    """Import a second module from the file of another one."""
    import single

    loader = importlib.machinery.ExtensionFileLoader('second', single.__file__)
    spec = importlib.util.spec_from_file_location('second', single.__file__, loader=loader)
    second = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(second)
    assert second.__name__ == 'second'


def reload_and_pickle():
    """Reload a module, and pickle what belongs to one."""
    import pickle

    import multi

    assert importlib.reload(multi) is multi
    assert pickle.loads(pickle.dumps(multi.answer)) is multi.answer


def threads():
    """Count in thread-local variables of a library."""
    from concurrent.futures import ThreadPoolExecutor

    import multi

    def work(number):
        before = multi.count()
        for _ in range(number):
            multi.answer()
        return multi.count() - before == number

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(50)))
    assert multi.count() == 0


def signals():
    """Import while a timer interrupts all the time; libraries start no threads with other masks."""
    import signal

    count = 0

    def handle(number, frame):
        nonlocal count
        count += 1

    signal.signal(signal.SIGALRM, handle)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)
    for _ in range(200):
        for name in ('multi', 'plain', 'stable', 'both', 'space.deep._c'):
            sys.modules.pop(name, None)
            assert importlib.import_module(name).answer() > 0
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert count > 0
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before
    assert signal.getsignal(signal.SIGSYS) == signal.SIG_DFL


def unsaid():
    """Call a function that is in a library which the caller does not say it needs."""
    import unsaid

    assert unsaid.answer() == 10


def find_library():
    """Find packed libraries by the name that the linker knows them by."""
    import ctypes
    import ctypes.util

    assert ctypes.util.find_library('nowhere') is None
    import multi

    library = ctypes.PyDLL(multi.__file__)
    assert library.PyInit_multi is not None
    assert ctypes.CDLL(os.path.basename(multi.__file__))._handle == library._handle


def error(name):
    """Print why a module cannot be imported."""
    try:
        importlib.import_module(name)
    except ImportError as error:
        print(error, error.name, error.path, sep='|')
    sys.exit()


globals()[sys.argv[1]](*sys.argv[2:])
print('good')
