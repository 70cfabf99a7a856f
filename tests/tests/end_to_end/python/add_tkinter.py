"""Give a copy of a distribution the extension module `_tkinter`, as published ones have it.

Arguments: the folder of the copy, the archive of CPython's source. Tcl and Tk are this machine's.
"""

import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

root, source = map(Path, sys.argv[1:])
VERSION = '8.6'
MODULES = root / 'build' / 'Modules'
LIB = root / 'install' / 'lib'
SHARED = 'install/lib/python3.13/lib-dynload/_tkinter.cpython-313-x86_64-linux-gnu.so'
SOURCES = ('_tkinter.c', 'tkappinit.c', 'tkinter.h', 'clinic/_tkinter.c.h')

with tarfile.open(source) as archive:
    for member in archive:
        name = member.name.partition('/Modules/')[2]
        if name in SOURCES:
            path = MODULES / name
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_bytes(archive.extractfile(member).read())

include = root / 'install' / 'include' / 'python3.13'
folders = [include, include / 'internal', MODULES, f'/usr/include/tcl{VERSION}']
compiler = ['gcc', '-fPIC', '-O1', '-DPy_BUILD_CORE_MODULE', '-DWITH_APPINIT=1']
compiler += [f'-I{folder}' for folder in folders]
objects = []
for name in ('_tkinter', 'tkappinit'):
    objects.append(MODULES / f'{name}.o')
    subprocess.check_call([*compiler, '-c', MODULES / f'{name}.c', '-o', objects[-1]])
libraries = [f'-ltk{VERSION}', f'-ltcl{VERSION}']
subprocess.check_call(
    ['gcc', '-shared', *objects, *libraries, '-Wl,-rpath,$ORIGIN/../..', '-o', root / SHARED]
)

# Debian's Tcl looks in folders of Debian. Published ones look where they were built, where other
# machines have nothing, and for modules beside their scripts.
CHANGES = {
    b'{/usr/lib/tcltk /usr/share/tcltk}': b'[list [file dirname [info library]]]',
    b'/usr/share/tcltk': b'/build/deps/tclt',
    b'/usr/lib/tcltk': b'/build/pkg/tcl',
}


def rewrite(path, target):
    """Copy a file with the changes."""
    content = path.read_bytes()
    for old, new in CHANGES.items():
        content = content.replace(old, new)
    target.write_bytes(content)


for name in ('tcl', 'tk'):
    library = f'lib{name}{VERSION}.so'
    path = subprocess.check_output(['gcc', f'-print-file-name={library}'], text=True).strip()
    rewrite(Path(path), LIB / library)
    scripts = LIB / f'{name}{VERSION}'
    shutil.copytree(f'/usr/share/tcltk/{name}{VERSION}', scripts)
    for script in scripts.glob('*.tcl'):
        rewrite(script, script)
# Debian has Tcl's modules below its scripts; elsewhere they have a folder of their own.
shutil.move(LIB / f'tcl{VERSION}' / 'tcl8', LIB / 'tcl8' / VERSION)
text = 'licenses/LICENSE.tcl.txt'
shutil.copy(f'/usr/share/doc/libtcl{VERSION}/copyright', root / text)

file = root / 'PYTHON.json'
facts = json.loads(file.read_text())
facts['tcl_library_path'] = 'install/lib'
# Published ones list a folder or two that some releases lack.
facts['tcl_library_paths'] = ['thread2.8.9', f'tcl{VERSION}', f'tk{VERSION}']
facts['build_info']['extensions']['_tkinter'] = [
    {
        'in_core': False,
        'init_fn': 'PyInit__tkinter',
        'license_paths': [text],
        'licenses': ['TCL'],
        # Shared libraries count as the system's there, though they lie in install/lib.
        'links': [{'name': f'{name}{VERSION}', 'system': True} for name in ('tcl', 'tk')],
        'objs': [f'build/Modules/{path.name}' for path in objects],
        'required': False,
        'shared_lib': SHARED,
        'variant': 'default',
    }
]
file.write_text(json.dumps(facts))
