//! The build-time half: turns one TOML file into what an executable links.
//!
//! Data flows one way through these modules:
//!
//! ```text
//! config ─► distribution ─► policy ─────────────────────────────► link ─► archive of objects
//!    │           │                                                 ▲       + linker directives
//!    └───────────┴─► requirements ─► wheel ─► collect ─► bytecode ─► pack
//!                                                └────► imports
//! ```
//!
//! * [`config`]: text → typed → resolved configuration.
//! * [`distribution`]: finds, fetches, unpacks, reads and builds Python distributions.
//! * [`policy`]: which extension modules go in.
//! * [`requirements`]: finds, locks and fetches what requirements ask for.
//! * [`wheel`]: verifies wheels and lays them out.
//! * [`collect`]: which Python modules and files go in.
//! * [`native`]: what the shared objects of packages need, and in which order they are loaded.
//! * [`licenses`]: under which licences all of this is, and whether that is permitted.
//! * [`bytecode`]: compiles modules with the distribution's own interpreter.
//! * [`imports`]: which imports nothing provides.
//! * [`workers`]: that interpreter's processes, and what is kept of their work.
//! * [`profile`]: what runs of an application have loaded, and what a build leaves out for that.
//! * [`pack`]: fills the packed resources.
//! * [`beside`]: folders that are passed on with an executable.
//! * [`cache`]: the folder that keeps what is costly to make.
//! * [`pipeline`]: runs all of this for one configuration.
//! * [`allocator`]: whether an executable can have the allocator that it is to have.
//! * [`link`]: the initialisation table, the object archive, the linker's directives.
//! * [`application`]: a finished executable for one configuration, without a linker.
//! * [`subject`]: configurations of scripts, projects and packages that have no TOML file.
//! * [`runtime`]: finished executables without an application, in the cache.
//! * [`inject`]: adds the resources to a finished executable, without a linker.
//! * [`inspect`]: what is in a finished executable.
//! * [`reporter`]: how progress and notes reach a person; the only way out of this crate but
//!   return values.
//!
//! The crate never prints, holds no `unsafe`, and is not part of the executable.

pub mod allocator;
pub mod application;
pub mod beside;
pub mod bytecode;
pub mod cache;
pub mod collect;
pub mod config;
mod copy;
mod digest;
pub mod distribution;
pub mod embedding;
pub mod imports;
pub mod inject;
pub mod inspect;
pub mod licenses;
pub mod link;
pub mod native;
pub mod pack;
pub mod pipeline;
pub mod policy;
pub mod profile;
pub mod reporter;
pub mod requirements;
pub mod runtime;
pub mod subject;
pub mod wheel;
pub mod workers;
