//! Writes the blobs that the target `wild` starts from into the folder that the argument names.

use std::path::PathBuf;

use pyresources::Writer;
use pyresources_fuzz::common::{many, sample};

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| "seeds".into()));
    fs_err::create_dir_all(&folder)?;
    let empty = Writer::new().finish().unwrap_or_default();
    for (name, blob) in [("empty", empty), ("sample", sample()), ("many", many(20).0)] {
        // The first byte says what the target does with the rest.
        for mode in 0..3_u8 {
            fs_err::write(folder.join(format!("{name}-{mode}")), [&[mode][..], &blob].concat())?;
        }
    }
    Ok(())
}
