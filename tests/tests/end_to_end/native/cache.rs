//! The cache of libraries, and what may be in its way.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use end_to_end::Application;
use end_to_end::application::{Finished, run, run_in_empty_folder};
use fs_err as fs;

use super::places::{MAPS, is_good, project};

static CACHE: LazyLock<Application> = LazyLock::new(|| {
    let config = "[native_libraries]\nload = \"cache\"\ncache_dir = \"~/own/cache\"\n";
    project("native-place-cache", config).build().unwrap()
});

/// Runs the application with a cache of its own.
fn cached(cache: &Path, arguments: &[&str]) -> Finished {
    let mut command = CACHE.command(arguments);
    command.env("PYOXIDIZER_NATIVE_CACHE", cache).env("PYOXIDIZER_LOG", "1");
    run_in_empty_folder(&mut command, "").unwrap()
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Loaded, but not from the cache.
fn fell_back(finished: &Finished) {
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), "42\n"), "{finished:?}");
    assert!(finished.stderr.contains("is loaded from memory: "), "{finished:?}");
}

#[test]
fn the_configuration_the_environment_and_the_home_folder_say_where_the_cache_is() {
    let home = tempfile::tempdir().unwrap();
    let mut command = CACHE.command([MAPS]);
    let finished = run(command.env("HOME", home.path()), "").unwrap();
    is_good(&finished);
    let own = home.path().join("own/cache");
    assert_eq!(files_in(&own).len(), 2);
    assert!(
        finished.stdout.contains(&own.join("libinner.so.").display().to_string()),
        "{finished:?}"
    );
    // There is no home, nor a variable: from memory.
    let mut command = CACHE.command([""; 0]);
    fell_back(&run(command.env("PYOXIDIZER_LOG", "1"), "").unwrap());
}

#[test]
fn processes_and_applications_share_files() {
    let other = "[native_libraries]\nload = \"cache\"\n";
    let other = project("native-place-other", other).build().unwrap();
    let cache = tempfile::tempdir().unwrap();
    let cache = cache.path().join("cache");
    let maps = [&*CACHE, &other].map(|application| {
        let mut command = application.command([MAPS]);
        let finished = run(command.env("PYOXIDIZER_NATIVE_CACHE", &cache), "").unwrap();
        is_good(&finished);
        finished.stdout
    });
    assert_eq!(maps[0], maps[1]);
    let inode = fs::metadata(&files_in(&cache)[1]).unwrap().ino();
    assert!(maps[0].contains(&inode.to_string()), "{} {}", maps[0], inode);
}

#[test]
fn what_somebody_else_could_have_planted_is_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    is_good(&cached(&cache, &[]));
    let library = files_in(&cache).remove(1);
    let good = fs::read(&library).unwrap();
    let ends_well = || {
        is_good(&cached(&cache, &[]));
        assert_eq!(fs::read(&library).unwrap(), good);
        assert_eq!(fs::metadata(&library).unwrap().mode() & 0o7777, 0o600);
    };
    // Another library in its place, by a file, by a link, by a file that others may write.
    fs::write(&library, &good[..good.len() - 1]).unwrap();
    ends_well();
    let planted = folder.path().join("planted");
    fs::write(&planted, &good).unwrap();
    fs::remove_file(&library).unwrap();
    symlink(&planted, &library).unwrap();
    ends_well();
    fs::set_permissions(&library, PermissionsExt::from_mode(0o666)).unwrap();
    ends_well();
    // A folder that others may write to, or that a link leads to, is not used at all.
    fs::set_permissions(&cache, PermissionsExt::from_mode(0o777)).unwrap();
    fell_back(&cached(&cache, &[]));
    fs::set_permissions(&cache, PermissionsExt::from_mode(0o700)).unwrap();
    let link = folder.path().join("link");
    symlink(&cache, &link).unwrap();
    fell_back(&cached(&link, &[]));
}

#[test]
fn another_user_s_cache_is_not_used() {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        // Only root can give a folder to somebody else. Here is one where nobody may make any.
        fell_back(&cached(Path::new("/proc/cache"), &[]));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    is_good(&cached(&cache, &[]));
    std::os::unix::fs::chown(&cache, Some(12345), None).unwrap();
    fell_back(&cached(&cache, &[]));
    // A file of another user in one's own folder is replaced.
    std::os::unix::fs::chown(&cache, Some(0), None).unwrap();
    let library = files_in(&cache).remove(0);
    std::os::unix::fs::chown(&library, Some(12345), None).unwrap();
    is_good(&cached(&cache, &[]));
    assert_eq!(fs::metadata(&library).unwrap().uid(), 0);
}

#[test]
fn a_process_that_is_killed_while_it_writes_leaves_nothing_that_counts() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    // The kernel stops it where it would write more than so many bytes: with SIGXFSZ, which Python ignores, or
    // for good.
    for bytes in [0, 1, 4096, 9000] {
        let shell = "ulimit -c 0; exec prlimit --fsize=$0 \"$@\"";
        let mut command = Command::new("/bin/sh");
        command.env_clear().args(["-c", shell, &bytes.to_string()]).arg(&CACHE.path);
        command.env("PYOXIDIZER_NATIVE_CACHE", &cache).env("PYOXIDIZER_LOG", "1");
        command.env("PATH", "/usr/bin:/bin");
        let finished = run_in_empty_folder(&mut command, "").unwrap();
        fell_back(&finished);
        assert_eq!(files_in(&cache), [""; 0].map(PathBuf::from), "{bytes}");
    }
    // What a process left that was killed between two of its calls.
    let killed = strace_kill(&cache);
    assert!(!killed.stdout.contains("42"), "{killed:?}");
    let left = files_in(&cache);
    let is_temporary =
        |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with('.');
    assert!(left.iter().all(is_temporary) && left.len() == 1, "{left:?}");
    is_good(&cached(&cache, &[]));
    assert_eq!(files_in(&cache).len(), 3);
    // After an hour it is taken for abandoned.
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(2 * 60 * 60);
    let file = fs::File::options().write(true).open(&left[0]).unwrap();
    file.into_file().set_modified(long_ago).unwrap();
    fs::remove_file(&files_in(&cache)[1]).unwrap();
    is_good(&cached(&cache, &[]));
    assert_eq!(files_in(&cache).len(), 2);
}

/// Runs the application and has it killed when it has written a library under a temporary name.
fn strace_kill(cache: &Path) -> Finished {
    let mut command = Command::new("strace");
    command.args(["-qq", "-o", "/dev/null", "-e", "trace=renameat,renameat2"]);
    command.args(["-e", "inject=renameat,renameat2:signal=SIGKILL:error=EINTR"]);
    command.arg(&CACHE.path).env("PYOXIDIZER_NATIVE_CACHE", cache);
    run(&mut command, "").unwrap()
}

#[test]
fn where_nothing_can_be_written_or_executed_memory_serves() {
    // A folder that may not be written to; root may, so it is a file system that is for reading only.
    let scripts = [
        // For reading only.
        "mount -t tmpfs -o ro tmpfs \"$0\"",
        // Whose files may not be executed.
        "mount -t tmpfs -o noexec,mode=0700 tmpfs \"$0\"",
        // Full.
        "mount -t tmpfs -o size=4k,mode=0700 tmpfs \"$0\"",
    ];
    for script in scripts {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("/usr/bin/unshare");
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command.env("PYOXIDIZER_NATIVE_CACHE", folder.path()).env("PYOXIDIZER_LOG", "1");
        command.args(["--user", "--map-root-user", "--mount", "/bin/sh", "-c"]);
        command.arg(format!("{script} && exec \"$@\"")).arg(folder.path()).arg(&CACHE.path);
        let finished = run_in_empty_folder(&mut command, "").unwrap();
        fell_back(&finished);
    }
}
