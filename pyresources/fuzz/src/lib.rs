//! What the fuzz targets share.
//!
//! * `wild`: any bytes, as they are or with checksums put right, give answers or errors.
//! * `damaged`: a blob of the writer's, damaged, gives the true answers or errors.
//! * `seeds`: writes blobs for `wild` to start from.

#[path = "../../tests/common/mod.rs"]
pub mod common;
pub mod repair;
