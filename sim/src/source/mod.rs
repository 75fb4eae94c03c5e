//! The project's own source tree, read well enough to check the rules of the house: which file imports which,
//! how long files and functions are, which tests exist.

mod graph;
mod imports;
mod lexer;
mod tree;

pub use graph::{Edge, Graph};
pub use imports::{Path, paths};
pub use lexer::{Function, functions, mask, test_ranges, without_tests};
pub use tree::{Crate, File, Tree, root};
