//! Extension modules of packages, and the libraries that they need.
//!
//! * `wheels`: binary wheels from the package index.
//! * `compiled`: extension modules and libraries that tests compile, for what no wheel shows.
//! * `modules`: kinds of extension modules; `conflicts`: libraries of one name, symbols of one name.
//! * `report`: what the build says.
//! * `places`: libraries in the executable, in memory, in a folder; `cache`: the cache of libraries.
//! * `loader`: the loader's system calls, disturbed; `kernels`: system calls that fail.

mod cache;
mod compiled;
mod conflicts;
mod kernels;
mod loader;
mod modules;
mod places;
mod report;
mod wheels;
