"""Prints what a program can find out about its interpreter's settings, as JSON."""

import json
import sys

FLAGS = (
    'ignore_environment',
    'isolated',
    'no_site',
    'no_user_site',
    'optimize',
    'safe_path',
    'utf8_mode',
)


def checks_assertions():
    try:
        assert False
    except AssertionError:
        return True
    return False


json.dump(
    {
        'dont_write_bytecode': sys.dont_write_bytecode,
        'flags': {name: getattr(sys.flags, name) for name in FLAGS},
        'site': 'site' in sys.modules,
        'packed assertions': checks_assertions(),
        'compiled assertions': eval(compile('__debug__', 'code', 'eval')),
        'argv': sys.argv,
        'orig_argv': sys.orig_argv,
        'executable': sys.executable,
        'path': sys.path,
        'prefix': sys.prefix,
        'warnings': sys.warnoptions,
        'encoding': sys.stdout.encoding,
        'errors': sys.stdout.errors,
        'write_through': sys.stdout.write_through,
        'hash': hash('text'),
    },
    sys.stdout,
)
