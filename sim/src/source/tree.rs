//! The crates and files of the workspace.

use super::lexer::{mask, test_ranges, without_tests};
use std::path::{Path, PathBuf};

/// The workspace: every crate with its files.
#[derive(Debug)]
pub struct Tree {
    /// The crates by folder name.
    pub crates: Vec<Crate>,
}

/// One crate.
#[derive(Debug)]
pub struct Crate {
    /// Its folder: `sip`, `roles`, `io`, `sim`, `app`.
    pub name: String,
    /// Its files, sorted by path.
    pub files: Vec<File>,
}

/// One Rust file.
#[derive(Debug)]
pub struct File {
    /// Path from the root of the workspace, with `/`.
    pub path: String,
    /// The module path inside its crate: `["journal", "entry"]`; empty for the crate's root.
    pub module: Vec<String>,
    /// Whether all of it is test or bench code.
    pub is_test: bool,
    /// The text as it stands.
    pub text: String,
    /// The text without comments and literals.
    pub masked: String,
    /// The masked text without `#[cfg(test)]` items.
    pub code: String,
}

impl Tree {
    /// Reads the workspace around this crate.
    ///
    /// # Panics
    /// When a file cannot be read.
    pub fn read() -> Tree {
        let crates = CRATES.iter().map(|name| Crate::read(&root(), name)).collect();
        Tree { crates }
    }

    /// All files of all crates.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.crates.iter().flat_map(|c| &c.files)
    }

    /// The crate in the folder `name`.
    pub fn find(&self, name: &str) -> Option<&Crate> {
        self.crates.iter().find(|c| c.name == name)
    }
}

impl Crate {
    fn read(root: &Path, name: &str) -> Crate {
        let mut paths = Vec::new();
        collect(&root.join(name), &mut paths);
        paths.sort();
        let mut files: Vec<File> = paths.iter().map(|p| File::read(root, p)).collect();
        mark_test_modules(&mut files);
        Crate { name: name.to_owned(), files }
    }

    /// The file that holds the module `path`, if a file does.
    pub fn module(&self, path: &[String]) -> Option<usize> {
        self.files.iter().position(|f| f.path.contains("/src/") && f.module == path && !f.is_main())
    }
}

impl File {
    fn read(root: &Path, path: &Path) -> File {
        let text = std::fs::read_to_string(path).expect("a source file is readable UTF-8");
        let relative = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
        File::new(relative, text)
    }

    /// A file of the given path and text.
    pub fn new(path: String, text: String) -> File {
        let masked = mask(&text);
        let code = without_tests(&masked);
        let is_test = !path.contains("/src/") || path.ends_with("/tests.rs") || path.contains("/tests/");
        File { module: module_of(&path), is_test, path, text, masked, code }
    }

    fn is_main(&self) -> bool {
        self.path.ends_with("src/main.rs")
    }

    /// The lines that count as code: all but the `#[cfg(test)]` items.
    pub fn code_lines(&self) -> usize {
        let tests = test_ranges(&self.masked).into_iter();
        let removed: usize = tests.map(|range| self.masked[range].lines().count()).sum();
        self.text.lines().count() - removed
    }
}

/// The folder of the workspace.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Files named by `#[cfg(test)] mod x;` are tests as well.
fn mark_test_modules(files: &mut [File]) {
    let mut tests: Vec<Vec<String>> = Vec::new();
    for file in files.iter().filter(|f| !f.is_test) {
        for declared in declared_modules(&file.masked) {
            if !declared_modules(&file.code).contains(&declared) {
                tests.push([file.module.as_slice(), &[declared]].concat());
            }
        }
    }
    for file in files {
        file.is_test |= tests.iter().any(|t| file.module.starts_with(t));
    }
}

/// The names in `mod x;` of masked text.
pub(crate) fn declared_modules(masked: &str) -> Vec<String> {
    let declaration = |line: &str| {
        let line = line.trim().strip_suffix(';')?;
        let (_, name) = line.split_once("mod ")?;
        name.chars().all(super::lexer::is_word).then(|| name.to_owned())
    };
    masked.lines().filter_map(declaration).collect()
}

fn module_of(path: &str) -> Vec<String> {
    let Some((_, inside)) = path.split_once("/src/") else { return Vec::new() };
    let inside = inside.trim_end_matches(".rs");
    let mut module: Vec<String> = inside.split('/').map(str::to_owned).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        module.pop();
    }
    module
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|n| n != "target") {
                collect(&path, found);
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

const CRATES: [&str; 5] = ["sip", "roles", "io", "sim", "app"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_follow_from_paths() {
        assert_eq!(module_of("sip/src/lib.rs"), Vec::<String>::new());
        assert_eq!(module_of("sip/src/journal/mod.rs"), ["journal"]);
        assert_eq!(module_of("sip/src/journal/entry.rs"), ["journal", "entry"]);
    }

    #[test]
    fn the_tree_holds_this_file() {
        let tree = Tree::read();
        let sim = tree.find("sim").unwrap();
        let this = sim.module(&["source".to_owned(), "tree".to_owned()]).unwrap();
        assert!(sim.files[this].code_lines() < sim.files[this].text.lines().count());
    }
}
