//! Packed programs: started from memory, from the user's cache, or by Python.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use end_to_end::Application;

use crate::command::{folder, succeed};

/// Prints its name, its argument's file and where its own file is.
const ALONE: &str = r#"
#include <stdio.h>
#include <unistd.h>
int main(int count, char **arguments)
{
    char own[4096] = "", text[256] = "";
    if (readlink("/proc/self/exe", own, sizeof own - 1) < 0) { return 3; }
    FILE *file = count > 1 ? fopen(arguments[1], "r") : NULL;
    if (file != NULL && fgets(text, sizeof text, file) == NULL) { return 4; }
    printf("%s|%s\n", own, text);
    return count - 1;
}
"#;

/// Starts the packed programs in many ways.
const APP: &str = r#"
import os, subprocess, sys
here = os.path.dirname(__file__)
alone, run, tool = (os.path.join(here, name) for name in ('alone', 'tools/run.sh', 'tools/tool'))
data = os.path.join(here, 'tools', 'data.txt')
def said(*arguments, **keywords):
    finished = subprocess.run(*arguments, capture_output=True, text=True, **keywords)
    print(finished.returncode, (finished.stdout + finished.stderr).strip())
print(oct(os.stat(alone).st_mode), os.access(alone, os.X_OK), os.access(data, os.X_OK))
with open(run, 'rb') as file:
    print(oct(os.fstat(file.fileno()).st_mode), file.seekable())
said([alone])
said([alone, data])
said(alone, shell=True)
said([run, 'x'])
said(f'{run} y', shell=True)
said([tool, 'z'])
said(['cat', data])
said('cat "$DATA"', shell=True, env={**os.environ, 'DATA': data})
said([alone, data], close_fds=False)
for path in (data, here + '/tools', here + '/absent', data + '/x'):
    try:
        subprocess.run([path])
    except OSError as error:
        print(type(error).__name__)
sys.stdout.flush()
os.execv(run, [run, 'in place'])
"#;

fn build() -> (tempfile::TempDir, Application) {
    let folder = folder(&[
        ("app.py", APP),
        ("alone.c", ALONE),
        ("tools/run.sh", "#!/bin/sh\necho \"$1 $(cat \"$(dirname \"$0\")/data.txt\")\"\n"),
        ("tools/tool", "#!/usr/bin/env python3\nimport sys\nprint('Python', sys.argv[1:])\n"),
        ("tools/data.txt", "data"),
    ]);
    let at = |path: &str| folder.path().join(path);
    let mut compiler = Command::new("cc");
    compiler.arg("-o").args([at("alone"), at("alone.c")]);
    assert!(compiler.status().unwrap().success());
    for path in ["tools/run.sh", "tools/tool"] {
        fs_err::set_permissions(at(path), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    succeed(folder.path(), &["build", "app.py", "--include", "alone", "--include", "tools"]);
    let app = Application::at(at("app"));
    (folder, app)
}

/// What the application prints, with a home of its own.
fn run(app: &Application, home: &Path) -> String {
    let mut command = Command::new(&app.path);
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home);
    let output = command.env("TMPDIR", home).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}

const EXPECTED: &str = "\
0o100755 True False
0o100755 True
0 /memfd:alone (deleted)|
1 /memfd:alone (deleted)|data
0 HOME/alone|
0 x data
0 y data
0 Python ['z']
0 data
0 data
1 /memfd:alone (deleted)|data
PermissionError
PermissionError
FileNotFoundError
NotADirectoryError
in place data
";

/// The files below a folder whose names end so.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let pattern = format!("{}/**/*{ending}", folder.display());
    glob::glob(&pattern).unwrap().flatten().filter(|path| path.is_file()).collect()
}

#[test]
fn packed_programs_are_started() {
    let (_folder, app) = build();
    let home = tempfile::tempdir().unwrap();
    let said = || {
        let text = run(&app, home.path());
        // A shell needs a file.
        let line = text.lines().find(|line| line.contains("/programs/alone.")).unwrap_or_default();
        text.replace(line, "0 HOME/alone|")
    };
    assert_eq!(said(), EXPECTED);

    // What was changed or removed is written again.
    let cache = home.path().join(".cache/pyoxidizer/programs");
    let mode = fs_err::metadata(&cache).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let data = files(&cache, "/data.txt");
    assert!(!data.is_empty());
    for path in &data {
        fs_err::write(path, "changed").unwrap();
    }
    assert_eq!(said(), EXPECTED);
    for path in files(&cache, "/run.sh") {
        fs_err::remove_file(path).unwrap();
    }
    assert_eq!(said(), EXPECTED);
}

/// Starts programs that packages have in `bin` by their names.
const BY_NAME: &str = r#"
import os, shutil, subprocess, sys
def said(command, **keywords):
    shell = isinstance(command, str)
    finished = subprocess.run(command, shell=shell, capture_output=True, text=True, **keywords)
    print(finished.returncode, (finished.stdout + finished.stderr).strip())
bin = os.path.join(sys.prefix, 'bin')
print(os.environ['PATH'].split(':')[-1] == bin, shutil.which('own-tool') == bin + '/own-tool')
said(['own-tool', 'x'])
said('own-tool y | sed p; own-tool z')
said(['own-script'])
said('A=b own-script')
said(['cat'])
sys.stdout.flush()
os.system('own-tool system')
said(['sh', '-c', 'own-tool in; own-script'])
said('own-tool', env={'PATH': '/usr/bin:/bin'})
said(['/usr/bin/env', '-u', 'HOME', '-u', 'LC_CTYPE'])
said([sys.executable, 'again'])
print([name for name in sorted(os.listdir(bin)) if name.startswith('python')])
sys.stdout.flush()
os.waitpid(os.posix_spawnp('own-tool', ['own-tool', 'spawned'], os.environ), 0)
for name in ('absent', 'own-tool/absent'):
    try:
        os.posix_spawnp(name, [name], os.environ)
    except OSError as error:
        print(type(error).__name__)
sys.stdout.flush()
os.environ['PATH'] = bin + os.pathsep + os.environ['PATH']
said(['sh', 'start.sh'])
"#;

const BY_NAME_SAYS: &str = "\
True True
0 Python ['x']
0 Python ['y']
Python ['y']
Python ['z']
0 1 Python ['from', 'script']
0 1 Python ['from', 'script']
0 mine
Python ['system']
0 Python ['in']
1 Python ['from', 'script']
127 /bin/sh: 1: own-tool: not found
0 PATH=.:/usr/bin:/bin
0 again 1
['python', 'python3', 'python3.13']
Python ['spawned']
FileNotFoundError
FileNotFoundError
0 Python ['a']
Python 3.13
";

/// The application that is started again.
const AGAIN: &str = r#"
import os, sys
if sys.argv[1:]:
    print('again', os.environ['PATH'].count('/app/bin'))
    sys.exit()
"#;

#[test]
fn packed_programs_are_on_the_path() {
    let folder = folder(&[
        ("app.py", &format!("{AGAIN}{BY_NAME}")),
        ("bin/own-tool", "#!/usr/bin/env python3\nimport sys\nprint('Python', sys.argv[1:])\n"),
        (
            "bin/own-script",
            "#!/bin/sh\necho $(command -v own-tool | grep -c /programs/bin.) $(own-tool from script)\n",
        ),
        ("bin/cat", "#!/bin/sh\necho packed\n"),
        ("cat", "#!/bin/sh\necho mine\n"),
        ("start.sh", "own-tool a\npython3.13 --version | cut -c 1-11\n"),
    ]);
    let at = |path: &str| folder.path().join(path);
    for path in ["bin/own-tool", "bin/own-script", "bin/cat", "cat"] {
        fs_err::set_permissions(at(path), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    succeed(folder.path(), &["build", "app.py", "--include", "bin"]);
    let mut command = Command::new(at("app"));
    command.env_clear().env("PATH", ".:/usr/bin:/bin").env("HOME", folder.path());
    let output = command.current_dir(folder.path()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(text, BY_NAME_SAYS, "{output:?}");
}

#[test]
fn without_a_home_programs_lie_among_temporary_files() {
    let (_folder, app) = build();
    let temporary = tempfile::tempdir().unwrap();
    let mut command = Command::new(&app.path);
    command.env_clear().env("PATH", "/usr/bin:/bin").env("TMPDIR", temporary.path());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(!files(temporary.path(), "/run.sh").is_empty());
}
