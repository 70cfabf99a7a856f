//! Features of `pyembed` that a build is made with: Cargo sets a variable for each.

use pyrepackager::allocator::{self, AllocatorError};
use pyrepackager::config::resolved::{BundledAllocator, Config};

/// The allocators that are compiled in.
pub(super) fn allocators() -> Vec<BundledAllocator> {
    let is_enabled = |allocator: &BundledAllocator| {
        let variable = format!("CARGO_FEATURE_{}", allocator.name().to_uppercase());
        std::env::var_os(variable).is_some()
    };
    BundledAllocator::ALL.into_iter().filter(is_enabled).collect()
}

/// Refuses a configuration that needs others.
pub(super) fn check(config: &Config) -> Result<(), AllocatorError> {
    allocator::check(&config.allocator, &allocators())
}

/// The features as `cargo metadata` takes them.
pub(super) fn of_crates() -> Vec<String> {
    allocators().iter().map(|allocator| format!("pyembed/{}", allocator.name())).collect()
}
