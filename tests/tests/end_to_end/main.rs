//! Builds real applications and checks what their executables do.
//!
//! * [`scenarios`]: one application that behaves as its first argument says, so that one build
//!   serves many tests, each compared with the distribution's own `python`.
//! * `footprint`: what the smallest application needs, opens, exports and weighs.
//! * `endings`, `streams`, `imports`, `modes`, `interpreter`: behaviour of the executable.
//! * `resources`, `files`, `processes`: what programs expect of a Python beyond imports.
//! * `filesystem`, `environment`: what is found on the machine; `root` makes small machines.
//! * `applications`: programs that many people use.
//! * `packages`, `requirements`, `extensions`, `probe`: what goes in.
//! * `command`: the command `pyoxidizer`; `analyze`, `trace`: what it says of executables, and of their runs.
//! * `index`: the package index that the command serves and writes.
//! * `tkinter`: windows.
//! * `native`: binary wheels; `compatibility`: many of them in one executable.
//! * `missing`: what the build says about imports that nothing provides.
//! * `packages`, `extensions`, `probe`, `licenses`: what goes in.
//! * `damage`: executables that were changed.
//! * `published`: archives as they are published, from a web server.
//! * `versions`: executables of other releases of CPython.
//! * `bad_input`, `rebuild`, `reproducible`, `bitcode`, `embedding`: behaviour of the build.
//! * `interop`: what Rust applications have around Python.
//! * `c_programs`: Python in shared libraries and in programs in C.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on panics")]

mod added_extensions;
mod allocators;
mod analyze;
mod applications;
mod bad_input;
mod bitcode;
mod c_programs;
mod command;
mod compatibility;
mod damage;
mod elf;
mod embedding;
mod endings;
mod environment;
mod extensions;
mod files;
mod filesystem;
mod footprint;
mod idioms;
mod imports;
mod index;
mod installation;
mod interop;
mod interpreter;
mod licenses;
mod missing;
mod modes;
mod native;
mod options;
mod packages;
mod probe;
mod processes;
mod programs;
mod published;
mod rebuild;
mod reproducible;
mod requirements;
mod resources;
mod root;
mod scenarios;
mod streams;
mod terminal;
mod tkinter;
mod trace;
mod versions;
