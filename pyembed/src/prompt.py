# What the site module does for interactive prompts, for applications that do not import it.

import sys


def edit_lines():
    import readline

    import rlcompleter  # noqa: F401 (sets readline's completer)

    libedit = 'libedit' in (readline.__doc__ or '')
    readline.parse_and_bind('bind ^I rl_complete' if libedit else 'tab: complete')


if sys.stdin and sys.stdin.isatty():
    try:
        edit_lines()
    except ImportError:
        # The application leaves the module out; the prompt works without it.
        pass
