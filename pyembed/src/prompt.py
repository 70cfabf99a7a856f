# What the site module does for interactive prompts, for applications that do not import it.

import builtins
import sys


def add_builtins():
    import _sitebuiltins

    eof = 'Ctrl-Z plus Return' if sys.platform == 'win32' else 'Ctrl-D (i.e. EOF)'
    builtins.exit = _sitebuiltins.Quitter('exit', eof)
    builtins.quit = _sitebuiltins.Quitter('quit', eof)
    builtins.help = _sitebuiltins._Helper()


def edit_lines():
    import readline

    import rlcompleter  # noqa: F401 (sets readline's completer)

    libedit = 'libedit' in (readline.__doc__ or '')
    readline.parse_and_bind('bind ^I rl_complete' if libedit else 'tab: complete')


if sys.stdin and sys.stdin.isatty():
    for step in (add_builtins, edit_lines):
        try:
            step()
        except ImportError:
            # The application leaves the module out; the prompt works without it.
            pass
