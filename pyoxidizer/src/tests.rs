//! What `--help` says.

use clap::{Command, CommandFactory as _};

use crate::cli::Cli;

/// The help of a command and of those below it that are shown, each behind its name.
fn help(command: &mut Command, name: &str, text: &mut String) {
    let long = command.render_long_help().to_string();
    *text += &format!("$ {name} --help\n{}\n\n", long.trim_end());
    for below in command.get_subcommands_mut().filter(|below| !below.is_hide_set()) {
        let name = format!("{name} {}", below.get_name());
        help(below, &name, text);
    }
}

#[test]
fn the_help() {
    let mut command = Cli::command().term_width(80);
    command.build();
    let mut text = String::new();
    help(&mut command, "pyoxidizer", &mut text);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn the_arguments_do_not_contradict_one_another() {
    Cli::command().debug_assert();
}
