"""What the tests of binary wheels run: one function, named by the argument."""

import os
import sys


def use():
    """Use each package for what it is for."""
    import io

    import lxml.etree
    import markupsafe
    import numpy
    import orjson
    import regex
    from cffi import FFI
    from cryptography.fernet import Fernet
    from PIL import Image, ImageDraw, ImageFont

    matrix = numpy.random.default_rng(0).random((200, 200))
    assert numpy.allclose(numpy.linalg.inv(matrix) @ matrix, numpy.eye(200))
    fernet = Fernet(Fernet.generate_key())
    assert fernet.decrypt(fernet.encrypt(b'secret')) == b'secret'
    assert lxml.etree.fromstring('<a><b/></a>').xpath('count(//b)') == 1.0
    assert orjson.loads(orjson.dumps({'a': [1, 2.5]})) == {'a': [1, 2.5]}
    assert regex.findall(r'\p{Lu}', 'AbÄ') == ['A', 'Ä']
    assert markupsafe.escape('<') == '&lt;'
    ffi = FFI()
    ffi.cdef('int abs(int);')
    assert ffi.dlopen(None).abs(-3) == 3
    # FreeType and HarfBuzz need each other.
    image = Image.new('L', (60, 20))
    ImageDraw.Draw(image).text((1, 1), 'text', font=ImageFont.load_default(15), fill=255)
    assert sum(image.tobytes()) > 0
    file = io.BytesIO()
    image.save(file, 'JPEG')
    assert Image.open(file).size == (60, 20)
    print('used')


def facts():
    """Check what an extension module looks like to programs."""
    import importlib.machinery
    import importlib.metadata
    import pkgutil

    import numpy._core
    from numpy._core import _multiarray_umath as module

    core = os.path.dirname(numpy._core.__file__)
    assert core.startswith(sys.executable + '/lib/python3.')
    path = os.path.join(core, '_multiarray_umath' + _suffix(module.__file__))
    loader = module.__loader__
    assert module.__file__ == module.__spec__.origin == path
    assert isinstance(loader, importlib.machinery.ExtensionFileLoader)
    assert loader.get_filename(module.__name__) == path
    assert loader.get_code(module.__name__) is loader.get_source(module.__name__) is None
    assert not loader.is_package(module.__name__)
    with open(path, 'rb') as file:
        assert file.read(4) == loader.get_data(path)[:4] == b'\x7fELF'
    assert os.path.basename(path) in os.listdir(os.path.dirname(path))
    names = [found.name for found in pkgutil.iter_modules(numpy._core.__path__)]
    assert '_multiarray_umath' in names
    assert importlib.metadata.version('numpy') == numpy.__version__
    print('true')


def _suffix(path):
    return path[path.index('.cpython') :]


def share():
    """Load libraries by name, in threads, and in a child."""
    import ctypes
    import threading

    import numpy

    folder = os.path.join(os.path.dirname(os.path.dirname(numpy.__file__)), 'numpy.libs')
    name = next(name for name in os.listdir(folder) if 'openblas' in name)
    by_name, by_path = ctypes.CDLL(name), ctypes.CDLL(os.path.join(folder, name))
    assert by_name._handle == by_path._handle
    results = []

    def load():
        import lxml.etree

        results.append(lxml.etree)

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8 and len({id(module) for module in results}) == 1
    child = os.fork()
    if child == 0:
        import orjson

        os._exit(0 if orjson.dumps(int(numpy.ones(3).sum())) == b'3' else 1)
    assert os.waitpid(child, 0)[1] == 0
    print('shared')


def openssl():
    """Print the versions of the OpenSSL in the executable and of the one in a wheel."""
    import ssl

    from cryptography.hazmat.backends.openssl import backend

    print(ssl.OPENSSL_VERSION)
    print(backend.openssl_version_text())


def missing():
    """Ask for a library that is not there."""
    import ctypes

    try:
        ctypes.CDLL(os.path.join(sys.executable, 'native', 'x.so'))
    except OSError as error:
        print(error)


def numpy():
    """Compute something small."""
    import numpy

    print(numpy.arange(4.0).sum())


globals()[sys.argv[1]]()
