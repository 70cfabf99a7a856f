"""Sphinx configuration."""

project = 'PyOxidizer'
author = 'the PyOxidizer contributors'
copyright = author
language = 'en'

extensions = []
exclude_patterns = ['_build', 'examples', 'measured']

html_theme = 'alabaster'
html_theme_options = {
    'description': 'Standalone single-file Python executables',
    'fixed_sidebar': True,
    'page_width': '60rem',
}
html_copy_source = False
html_show_copyright = False
