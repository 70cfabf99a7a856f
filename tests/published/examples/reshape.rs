//! `cargo run -p published --example reshape -- ARCHIVE FOLDER`: gives an archive that was built
//! here the shape of a published one.

use std::path::PathBuf;

use anyhow::{Context, Result};

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let archive = arguments.next().context("the archive is missing")?;
    let folder = arguments.next().context("the folder to write to is missing")?;
    let reshaped = published::reshape(&archive, &folder)?;
    println!("{}", reshaped.archive.display());
    println!("without {}", reshaped.left_out.join(", "));
    Ok(())
}
