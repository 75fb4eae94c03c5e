//! Fuzz targets: see README.md.

mod targets;
pub use targets::*;
