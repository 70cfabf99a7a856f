//! `pyoxidizer index`: a package index of a folder, served or written as static files.
//!
//! All of it is `pyindex`'s work. This reads what arguments name, and tells.
//!
//! * `log`: where the server's log goes.

mod log;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pyindex::folder::Index;
use pyindex::model::LeftOut;
use pyindex::server::{Fallback, Options, Server, Stop, Tokens};
use pyindex::site;
use serde_json::{Value, json};

use crate::cli::{Index as Command, IndexBuildArgs, IndexServeArgs};
use crate::failure::Failure;
use crate::interrupt;
use crate::printer::Printer;

/// Does what a command says.
pub fn run(command: &Command, printer: &Printer) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve(args) => serve(args, printer),
        Command::Build(args) => build(args, printer),
    }
}

fn open(folder: &Path) -> Result<Index, Failure> {
    Index::open(folder).map_err(|error| Failure::of(&error, None))
}

fn serve(args: &IndexServeArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let tokens = |path: &Option<PathBuf>| match path {
        None => Ok(None),
        Some(path) => {
            Tokens::read(path).map(Some).map_err(|error| Failure::of(&error, Some(error.hint())))
        }
    };
    let fallback = match &args.fallback {
        None => None,
        Some(url) => {
            let fallback = Fallback::new(url, &args.private);
            Some(fallback.map_err(|error| Failure::of(&error, None))?)
        }
    };
    let options = Options {
        listen: args.listen,
        upload_tokens: tokens(&args.upload_token_file)?,
        read_tokens: tokens(&args.read_token_file)?,
        upload_limit: args.upload_limit,
        fallback,
    };
    let index = open(&args.folder)?;
    let snapshot = index.current().map_err(|error| Failure::of(&error, None))?;
    let (projects, files) = (snapshot.projects.len(), snapshot.files().count());
    let has_tokens = options.upload_tokens.is_some() || options.read_tokens.is_some();
    let is_open = options.read_tokens.is_none();
    let server = Server::bind(index, options);
    let server = server.map_err(|error| Failure::of(&error, error.hint()))?;
    let address = server.address();
    log::set_up(*printer);
    if !address.ip().is_loopback() {
        if is_open {
            printer.say("whoever reaches this address can read the index: --read-token-file asks for a token");
        }
        if has_tokens {
            printer
                .say("tokens are sent unencrypted: put a web server with TLS in front of this one");
        }
    }
    let reach = if address.ip().is_loopback() { ", for this machine only" } else { "" };
    let text = format!(
        "http://{address}/simple/ ({projects} projects, {files} files{reach})\nhttp://{address}/ is the page for browsers; Ctrl-C ends"
    );
    let value = json!({
        "url": format!("http://{address}/"),
        "index": format!("http://{address}/simple/"),
        "loopback": address.ip().is_loopback(),
        "projects": projects,
        "files": files,
    });
    let stop = Stop::default();
    let signal = stop.clone();
    interrupt::stop_by(move || signal.stop());
    printer.result("serving", &text, value);
    server.run(&stop);
    printer.tell("stopped");
    Ok(ExitCode::SUCCESS)
}

fn build(args: &IndexBuildArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let index = open(&args.folder)?;
    let site = site::build(&index, &args.output, args.url.as_deref());
    let site = site.map_err(|error| Failure::of(&error, error.hint()))?;
    for LeftOut { place, why } in &site.left_out {
        printer.say(&format!("{place} is left out: {why}"));
    }
    let output = args.output.display().to_string();
    let text = format!("{output} ({} projects, {} files)", site.projects, site.files);
    let left_out: Vec<Value> =
        site.left_out.iter().map(|file| json!({ "file": file.place, "why": file.why })).collect();
    let value = json!({
        "path": output,
        "projects": site.projects,
        "files": site.files,
        "left_out": left_out,
    });
    printer.result("site", &text, value);
    Ok(ExitCode::SUCCESS)
}
