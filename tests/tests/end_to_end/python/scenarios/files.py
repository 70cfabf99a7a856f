"""Programs that open what lies beside their modules by its path."""

import concurrent.futures
import errno
import fcntl
import glob
import importlib.resources
import importlib.util
import mmap
import multiprocessing
import os
import pathlib
import shutil
import stat
import sys
import tempfile

HERE = os.path.dirname(__file__)
DATA = os.path.join(HERE, 'data')
GREETING = os.path.join(DATA, 'greeting.txt')
NUMBERS = os.path.join(DATA, 'made', 'numbers.bin')


def opened():
    """Print what is read from files that are opened in every way."""
    with open(GREETING, encoding='utf-8') as text:
        print(text.name, text.readable(), text.writable(), text.readline(), text.read())
    with open(NUMBERS, 'rb') as binary:
        print(binary.seek(-8, os.SEEK_END), binary.read(), binary.seek(80), binary.read(8))
        print(len(binary.read()), binary.read(), os.fstat(binary.fileno()).st_size)
        with mmap.mmap(binary.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            print(len(mapped), mapped[800:808])
        with mmap.mmap(binary.fileno(), 0, access=mmap.ACCESS_COPY) as mapped:
            mapped[0] = 255
            print(mapped[0], os.pread(binary.fileno(), 1, 0))
    with open(GREETING, 'rb', buffering=0) as raw:
        print(raw.read(4), fcntl.fcntl(raw, fcntl.F_GETFD), stat.filemode(os.stat(raw.fileno())[0]))
    descriptor = os.open(GREETING, os.O_RDONLY)
    print(os.read(descriptor, 100), os.get_inheritable(descriptor), os.read(descriptor, 1))
    os.close(descriptor)
    print(os.path.getsize(os.path.join(DATA, 'made', 'empty')))
    with open(os.path.join(DATA, 'made', 'empty'), 'rb') as empty:
        print(empty.read())
    with open(__file__, encoding='utf-8') as own:
        print(own.readline())


def facts():
    """Print what is known of files and folders without opening them."""
    for path in (GREETING, NUMBERS, DATA, HERE, __file__, f'{DATA}/missing', f'{GREETING}/missing'):
        print(path, os.path.exists(path), os.path.lexists(path), os.path.isfile(path))
        print(os.path.isdir(path), os.path.islink(path), os.path.ismount(path))
        print([os.access(path, mode) for mode in (os.F_OK, os.R_OK, os.X_OK)])
    for path in (GREETING, DATA):
        status = os.stat(path)
        print(stat.filemode(status.st_mode), status.st_size if path == GREETING else None)
        print(status.st_ino != 0, status.st_ino == os.lstat(path).st_ino, status.st_mtime > 0)
        print(os.path.samestat(status, os.stat(os.path.join(HERE, '.', 'data', '..', path))))
        print(os.listxattr(path), os.path.realpath(path) == path, shutil.disk_usage(path).total > 0)
    print(os.stat(GREETING).st_dev == os.stat(DATA).st_dev, os.path.samefile(GREETING, NUMBERS))


def ways():
    """Print what paths lead to the same file."""
    os.chdir(os.path.dirname(os.path.dirname(sys.executable)))
    for path in (
        f'{DATA}//greeting.txt',
        f'{DATA}/./made/../greeting.txt',
        os.path.relpath(GREETING),
        os.fsencode(GREETING),
        pathlib.Path(GREETING),
        importlib.resources.files('scenarios') / 'data' / 'greeting.txt',
    ):
        with open(path, encoding='utf-8') as file:
            print(len(file.read()))
    print(len(__loader__.get_data(f'{HERE}/../scenarios/data/greeting.txt')))


def listed():
    """Print what is found in folders."""
    print(sorted(os.listdir(HERE)))
    print(sorted(os.listdir(os.fsencode(DATA))))
    for entry in sorted(os.scandir(DATA), key=lambda entry: entry.name):
        print(entry.path, entry.is_file(), entry.is_dir(), entry.is_symlink())
        print(entry.inode() == entry.stat().st_ino == os.stat(entry.path).st_ino)
    print(sorted((path, sorted(folders), sorted(files)) for path, folders, files in os.walk(HERE)))
    print(sorted(glob.glob(f'{HERE}/**/*.t?t', recursive=True)))
    print(sorted(glob.glob('*/*.txt', root_dir=DATA)))
    here = pathlib.Path(HERE)
    print(sorted(here.iterdir()), sorted(here.rglob('*.txt')), sorted(here.glob('d*/*')))
    print((here / 'data' / 'greeting.txt').read_text(encoding='utf-8'), here.is_dir())
    print((here / 'data' / 'made' / '..' / 'greeting.txt').resolve(), here.exists())


def copied():
    """Print what copies of files and folders are."""
    with tempfile.TemporaryDirectory() as folder:
        for copy in (shutil.copy, shutil.copy2, shutil.copyfile):
            target = copy(GREETING, os.path.join(folder, copy.__name__))
            print(stat.filemode(os.stat(target).st_mode), os.path.getsize(target))
        tree = shutil.copytree(DATA, os.path.join(folder, 'tree'))
        # Again: those copied first can be overwritten.
        shutil.copytree(DATA, tree, dirs_exist_ok=True)
        for path, folders, files in sorted(os.walk(tree)):
            print(os.path.relpath(path, tree), sorted(folders), sorted(files))
        with (
            open(os.path.join(tree, 'made', 'numbers.bin'), 'rb') as new,
            open(NUMBERS, 'rb') as old,
        ):
            print(new.read() == old.read())


def formats():
    """Print what readers of various formats find."""
    import configparser
    import gettext
    import sqlite3
    import ssl
    import tarfile
    import zipfile
    import zipimport

    made = os.path.join(DATA, 'made')
    for address in (
        f'file:{made}/planets.sqlite?mode=ro&immutable=1',
        f'file:{made}/planets.sqlite',
    ):
        connection = sqlite3.connect(address, uri=True)
        print(connection.execute('select * from planets order by name').fetchall())
        connection.close()
    with tarfile.open(f'{made}/archive.tar.gz') as tar:
        print(tar.getnames(), tar.extractfile('inner/settings.ini').read())
    with zipfile.ZipFile(f'{made}/archive.zip') as archive:
        print(archive.namelist(), zipfile.is_zipfile(f'{made}/archive.zip'))
    print(gettext.translation('greetings', f'{made}/locale', ['de']).gettext('no'))
    print(gettext.find('greetings', f'{made}/locale', ['fr']))
    settings = configparser.ConfigParser()
    print(settings.read([f'{made}/settings.ini', f'{made}/other.ini']), settings['first']['key'])
    context = ssl.create_default_context(cafile=f'{DATA}/authority.pem')
    print([authority['subject'] for authority in context.get_ca_certs()])
    try:
        context.load_verify_locations(f'{made}/settings.ini')
    except ssl.SSLError as error:
        print(error.reason)
    print(zipimport.zipimporter(f'{made}/archive.zip').get_source('zipped_module'))
    # As loaders of plug-ins do.
    spec = importlib.util.spec_from_file_location('plugin', os.path.join(HERE, 'inside.py'))
    plugin = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plugin)
    print(plugin.WORD, plugin.__file__, type(plugin.__loader__).__name__)


def absent():
    """Print how access to what is not there, or not what it should be, ends."""
    attempts = (
        lambda: open(f'{DATA}/missing', 'rb'),
        lambda: open(f'{DATA}/missing/x', 'rb'),
        lambda: open(f'{GREETING}/x', 'rb'),
        lambda: open(f'{GREETING}/', 'rb'),
        lambda: open(DATA, 'rb'),
        lambda: open(GREETING, 'xb'),
        lambda: os.stat(f'{DATA}/missing'),
        lambda: os.stat(f'{GREETING}/'),
        lambda: os.listdir(f'{DATA}/missing'),
        lambda: os.listdir(GREETING),
        lambda: os.readlink(GREETING),
        lambda: os.open(GREETING, os.O_DIRECTORY),
        lambda: os.getxattr(GREETING, 'user.any'),
        lambda: pathlib.Path(DATA, 'missing').read_text(encoding='utf-8'),
    )
    for attempt in attempts:
        report(attempt)


def written():
    """Print how attempts end to change what is packed; under python they would succeed."""
    attempts = (
        lambda: open(GREETING, 'wb'),
        lambda: open(GREETING, 'r+b'),
        lambda: open(GREETING, 'ab'),
        lambda: open(f'{DATA}/new', 'xb'),
        lambda: shutil.copy(GREETING, f'{DATA}/new'),
        lambda: os.mkdir(f'{DATA}/new'),
        lambda: os.unlink(GREETING),
        lambda: os.rename(GREETING, f'{GREETING}2'),
        lambda: os.rmdir(DATA),
        lambda: os.open(HERE, os.O_RDONLY | os.O_DIRECTORY),
    )
    for attempt in attempts:
        report(attempt)
    os.makedirs(DATA, exist_ok=True)
    print(os.access(GREETING, os.W_OK), os.access(DATA, os.W_OK), os.path.exists(f'{DATA}/new'))
    with open(GREETING, 'rb') as file:
        report(lambda: os.write(file.fileno(), b'x'))
        report(lambda: os.truncate(f'/proc/self/fd/{file.fileno()}', 0))
        print(os.readlink(f'/proc/self/fd/{file.fileno()}'))


def report(attempt):
    try:
        print(attempt())
    except OSError as error:
        print(type(error).__name__, errno.errorcode[error.errno])


def root():
    """Print what the executable itself is, as a file and as a folder."""
    exe = sys.executable
    print(os.path.isfile(exe), os.path.isdir(exe), os.path.isdir(f'{exe}/'))
    print('scenarios' in os.listdir(exe), 'lib' in os.listdir(f'{exe}/'))
    with open(exe, 'rb') as file:
        print(file.read(4))


def everywhere():
    """Print what is read by threads and in children, at the same time."""
    with concurrent.futures.ThreadPoolExecutor(8) as executor:
        print(set(executor.map(read_all, range(64))))
        fork = multiprocessing.get_context('fork')
        with concurrent.futures.ProcessPoolExecutor(4, mp_context=fork) as children:
            both = executor.map(read_all, range(64)), children.map(read_all, range(64))
            print([set(results) for results in both])
    print(len(os.listdir('/proc/self/fd')) < 20)


def read_all(_):
    """Return what is found when files are opened, looked at and listed."""
    with open(NUMBERS, 'rb') as file:
        numbers = file.read()
    return len(numbers), os.stat(GREETING).st_size, len(os.listdir(DATA))


def without_executable():
    """Print what is read after the executable was removed."""
    os.unlink(sys.executable)
    with open(GREETING, encoding='utf-8') as text:
        print(text.read(), os.stat(GREETING).st_mtime > 0, len(os.listdir(DATA)))
