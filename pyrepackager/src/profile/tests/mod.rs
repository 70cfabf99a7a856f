mod prune;
mod read;
mod record;

use std::path::PathBuf;

use super::*;

/// A trace of an application that used these things.
fn trace(python: &str, uses: &[(Use, &str)]) -> Trace {
    let imports = uses.iter().filter(|(what, _)| *what == Use::Module).map(|(_, name)| Import {
        module: name.replace('/', "."),
        kind: ImportKind::Packed,
        detail: None,
        thread: 0,
        parent: None,
        start_ns: 0,
        end_ns: 1,
    });
    let used = |(what, name): &(Use, &str)| Used { what: *what, name: (*name).to_owned() };
    let process = Process {
        process: 1,
        parent: None,
        role: "application".to_owned(),
        arguments: Vec::new(),
        start_ns: 0,
        finished: true,
        imports: imports.collect(),
        uses: uses.iter().map(used).collect(),
    };
    Trace {
        format: FORMAT.to_owned(),
        version: VERSION,
        python: python.to_owned(),
        command: Vec::new(),
        exit_code: Some(0),
        processes: vec![process],
    }
}

/// What reading files with these texts gives.
fn read(texts: &[String]) -> Result<Profile, String> {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> =
        (0..texts.len()).map(|index| folder.path().join(format!("{index}.json"))).collect();
    for (path, text) in paths.iter().zip(texts) {
        fs_err::write(path, text).unwrap();
    }
    let prefix = format!("{}/", folder.path().display());
    Profile::read(&paths, true).map_err(|error| error.to_string().replace(&prefix, ""))
}

fn json(trace: &Trace) -> String {
    serde_json::to_string(trace).unwrap()
}
