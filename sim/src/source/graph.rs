//! Which file of a crate imports which, with re-exports followed to the file that defines the thing.

use super::imports::{Path, paths};
use super::tree::{Crate, declared_modules};
use std::collections::{BTreeMap, BTreeSet};

/// An import from one file of a crate to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The index of the importing file.
    pub from: usize,
    /// The index of the imported file.
    pub to: usize,
    /// The line of the import.
    pub line: usize,
    /// The path as written.
    pub path: String,
}

/// The files of one crate and the imports between them; tests and mere re-exports are left out.
#[derive(Debug)]
pub struct Graph {
    /// Every import.
    pub edges: Vec<Edge>,
}

impl Graph {
    /// Reads the imports of `of`.
    pub fn new(of: &Crate) -> Graph {
        let resolver = Resolver::new(of);
        let mut edges = Vec::new();
        for (from, file) in of.files.iter().enumerate() {
            if file.is_test || !file.path.contains("/src/") {
                continue;
            }
            let exports = &resolver.exports[from];
            for path in paths(&file.code) {
                let is_export = path.binds.as_ref().is_some_and(|b| exports.contains_key(b));
                if let Some(to) = resolver.resolve(from, &path.segments, 0)
                    && to != from
                    && !is_export
                {
                    edges.push(Edge { from, to, line: path.line, path: path.text() });
                }
            }
        }
        Graph { edges }
    }

    /// Groups of files that import one another in a circle.
    pub fn circles(&self) -> Vec<BTreeSet<usize>> {
        let nodes: BTreeSet<usize> = self.edges.iter().flat_map(|e| [e.from, e.to]).collect();
        let mut found: Vec<BTreeSet<usize>> = Vec::new();
        for node in nodes {
            if found.iter().any(|group| group.contains(&node)) {
                continue;
            }
            let ahead = self.reach(node, |e| (e.from, e.to));
            let behind = self.reach(node, |e| (e.to, e.from));
            let group: BTreeSet<usize> = ahead.intersection(&behind).copied().collect();
            if !group.is_empty() {
                found.push(group);
            }
        }
        found
    }

    fn reach(&self, start: usize, ends: impl Fn(&Edge) -> (usize, usize)) -> BTreeSet<usize> {
        let mut seen = BTreeSet::new();
        let mut open = vec![start];
        while let Some(node) = open.pop() {
            for (from, to) in self.edges.iter().map(&ends) {
                if from == node && seen.insert(to) {
                    open.push(to);
                }
            }
        }
        seen
    }
}

struct Resolver<'a> {
    of: &'a Crate,
    children: Vec<Vec<String>>,
    /// For each file, the names that its `pub use` items re-export, with their paths.
    exports: Vec<BTreeMap<String, Vec<String>>>,
    /// For each file, the names that all its `use` items bind.
    binds: Vec<BTreeMap<String, Vec<String>>>,
    globs: Vec<Vec<Vec<String>>>,
}

impl<'a> Resolver<'a> {
    fn new(of: &'a Crate) -> Self {
        let children = of.files.iter().map(|f| declared_modules(&f.code)).collect();
        let named = |p: Path| Some((p.binds.clone()?, p.segments)).filter(|(name, _)| name != "*");
        let exports = of.files.iter().map(|f| public_uses(&f.code).into_iter().filter_map(named).collect());
        let binds = of.files.iter().map(|f| paths(&f.code).into_iter().filter_map(named).collect());
        let globs = of.files.iter().map(|f| {
            let all = public_uses(&f.code).into_iter().map(|p| p.segments);
            all.filter(|s| s.last().is_some_and(|l| l == "*")).map(|mut s| {
                s.pop();
                s
            })
        });
        Resolver {
            of,
            children,
            exports: exports.collect(),
            binds: binds.collect(),
            globs: globs.map(Iterator::collect).collect(),
        }
    }

    /// The file that defines what `segments`, written in file `from`, names.
    fn resolve(&self, from: usize, segments: &[String], depth: usize) -> Option<usize> {
        if depth > 8 {
            return None;
        }
        let module = &self.of.files[from].module;
        let (mut at, mut rest) = match segments.first()?.as_str() {
            "crate" => (self.of.module(&[])?, &segments[1..]),
            "self" => (from, &segments[1..]),
            "super" => {
                let ups = segments.iter().take_while(|s| *s == "super").count();
                let parent = module.get(..module.len().checked_sub(ups)?)?;
                (self.of.module(parent)?, &segments[ups..])
            }
            first if self.children[from].iter().any(|c| c == first) => (from, segments),
            _ => return None,
        };
        while let Some(next) = rest.first() {
            if self.children[at].contains(next) {
                at = self
                    .of
                    .module(&[self.of.files[at].module.as_slice(), std::slice::from_ref(next)].concat())?;
                rest = &rest[1..];
                continue;
            }
            let through = self.exports[at].get(next).or_else(|| self.binds[at].get(next));
            if let Some(target) = through {
                let path = [target.as_slice(), &rest[1..]].concat();
                return self.resolve(at, &path, depth + 1).or(Some(at));
            }
            return Some(self.through_globs(at, next, depth).unwrap_or(at));
        }
        Some(at)
    }

    /// The file behind a `pub use x::*` of file `at` that declares `name`.
    fn through_globs(&self, at: usize, name: &str, depth: usize) -> Option<usize> {
        self.globs[at].iter().filter_map(|g| self.resolve(at, g, depth + 1)).find(|file| {
            let code = &self.of.files[*file].code;
            code.match_indices(name).any(|(i, _)| {
                let before = code[..i].trim_end();
                ["struct", "enum", "fn", "const", "trait", "type", "static", "mod"]
                    .iter()
                    .any(|k| before.ends_with(k))
            })
        })
    }
}

/// The paths of `pub use` and `pub(crate) use` items.
fn public_uses(code: &str) -> Vec<Path> {
    let mut found = Vec::new();
    for (start, _) in code.match_indices("use ") {
        let before = code[..start].trim_end();
        let is_public = before.ends_with("pub")
            || (before.ends_with(')') && before.rfind('(').is_some_and(|i| before[..i].ends_with("pub")));
        if is_public {
            let end = code[start..].find(';').map_or(code.len(), |n| start + n + 1);
            found.extend(paths(&code[start..end]));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tree::File;
    use super::*;

    fn graph(files: &[(&str, &str)]) -> Graph {
        let files = files.iter().map(|(p, t)| File::new(format!("sip/src/{p}"), (*t).to_owned())).collect();
        Graph::new(&Crate { name: "sip".into(), files })
    }

    #[test]
    fn a_circle_between_two_files_is_found() {
        let g = graph(&[
            ("lib.rs", "mod a;\nmod b;"),
            ("a.rs", "use crate::b::B;"),
            ("b.rs", "fn x() { super::a::y() }"),
        ]);
        assert_eq!(g.circles(), [BTreeSet::from([1, 2])]);
    }

    #[test]
    fn reexports_lead_to_the_defining_file_and_are_no_import() {
        let g = graph(&[
            ("lib.rs", "mod a;\nmod b;"),
            ("a/mod.rs", "mod low;\nmod high;\npub use low::Low;\npub use high::High;"),
            ("a/low.rs", "pub struct Low;"),
            ("a/high.rs", "use super::Low;\npub struct High;"),
            ("b.rs", "use crate::a::{High, Low};"),
        ]);
        let edges: Vec<_> = g.edges.iter().map(|e| (e.from, e.to)).collect();
        assert_eq!(edges, [(3, 2), (4, 3), (4, 2)]);
        assert!(g.circles().is_empty());
    }

    #[test]
    fn imports_of_tests_do_not_count() {
        let g = graph(&[
            ("lib.rs", "mod a;\nmod b;"),
            ("a.rs", "use crate::b::B;"),
            ("b.rs", "#[cfg(test)]\nmod tests {\n    use crate::a::x;\n}"),
        ]);
        assert_eq!(g.edges.len(), 1);
    }
}
