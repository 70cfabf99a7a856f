//! The report for a person.

use std::fmt::{self, Write};

use crate::native::model::{ExtensionReport, Renamed, Report};

/// Writes the report as plain text.
pub(super) fn text(report: &Report) -> String {
    let mut text = String::new();
    // A string takes everything.
    let _ = write(&mut text, report);
    text
}

fn write(text: &mut String, report: &Report) -> fmt::Result {
    writeln!(text, "Native libraries\n================\n")?;
    writeln!(text, "The application {}.", report.summary())?;
    if !report.renamed.is_empty() {
        writeln!(text, "\nRenamed, as there is another library of the same name:\n")?;
        for Renamed { library, from, to } in &report.renamed {
            writeln!(text, "  {library}: {from} is called {to}")?;
        }
    }
    if !report.from_system.is_empty() {
        writeln!(text, "\nTaken from the machine of the build:\n")?;
        for (library, file) in &report.from_system {
            writeln!(text, "  {library}: {}", file.display())?;
        }
    }
    if !report.extensions.is_empty() {
        writeln!(text, "\nExtension modules\n-----------------")?;
        for extension in &report.extensions {
            write_extension(text, extension)?;
        }
    }
    if !report.libraries.is_empty() {
        writeln!(text, "\nLibraries\n---------\n")?;
        for library in &report.libraries {
            write!(text, "{}: {}", library.file, size(library.size))?;
            if let Some(glibc) = &library.glibc {
                write!(text, ", glibc {glibc}")?;
            }
            writeln!(text)?;
        }
    }
    Ok(())
}

fn write_extension(text: &mut String, extension: &ExtensionReport) -> fmt::Result {
    let ExtensionReport {
        module,
        file,
        size: bytes,
        dependencies,
        system,
        glibc,
        renamed,
        own_glibc: _,
    } = extension;
    writeln!(text, "\n{module}\n  file:    {file}, {}", size(*bytes))?;
    if let Some(glibc) = glibc {
        writeln!(text, "  glibc:   {glibc}")?;
    }
    for (number, library) in dependencies.iter().enumerate() {
        let label = if number == 0 { "loads:" } else { "" };
        let name = renamed.iter().find(|renamed| renamed.library == *library);
        let name = name.map(|renamed| format!(" (called {})", renamed.to)).unwrap_or_default();
        writeln!(text, "  {label:<8} {library}{name}")?;
    }
    if !system.is_empty() {
        writeln!(text, "  system:  {}", system.join(" "))?;
    }
    Ok(())
}

/// A number of bytes, to be read.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
