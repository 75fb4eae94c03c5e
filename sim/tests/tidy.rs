//! The rules of the house that a machine can check. Each test prints every place that breaks its rule.

use ringback_sim::source::{Crate, File, Graph, Path, Tree, functions, paths, root};
use std::collections::{BTreeMap, BTreeSet};

/// Crates whose code is pure: time and randomness are arguments, the network is a driver's business.
const PURE: [&str; 2] = ["sip", "roles"];

/// Paths that pure code never names; each matches itself and everything below it.
const IMPURE_PATHS: &[&str] = &[
    "tokio",
    "rand",
    "getrandom",
    "socket2",
    "mio",
    "rustix",
    "libc",
    "std::fs",
    "std::thread",
    "std::process",
    "std::env",
    "std::os",
    "std::net::UdpSocket",
    "std::net::TcpStream",
    "std::net::TcpListener",
    "std::net::ToSocketAddrs",
    "std::net::*",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::time::UNIX_EPOCH",
    "std::time::*",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "std::hash::RandomState",
    "std::collections::hash_map::RandomState",
    "std::collections::hash_set::RandomState",
];

/// Paths that tests of pure code and simulations never name: no real clock, no real port, no sleeping.
const REAL_WORLD_PATHS: &[&str] = &[
    "tokio",
    "std::thread::sleep",
    "std::net::UdpSocket",
    "std::net::TcpStream",
    "std::net::TcpListener",
    "std::time::SystemTime",
];

/// Packages that pure crates may not depend on, at any depth.
const IMPURE_PACKAGES: &[&str] = &[
    "tokio",
    "mio",
    "socket2",
    "rand",
    "getrandom",
    "libc",
    "rustix",
    "nix",
    "async-std",
    "smol",
    "rusqlite",
    "hickory-resolver",
    "chrono",
    "time",
    "reqwest",
    "hyper",
    "windows-sys",
];

const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;

#[test]
fn pure_crates_name_no_clock_socket_file_thread_or_random_source() {
    let tree = Tree::read();
    let mut faults = Vec::new();
    for file in pure_files(&tree).filter(|f| !f.is_test) {
        faults.extend(named(file, &file.code, IMPURE_PATHS));
        faults.extend(random_hash_maps(file));
    }
    expect_none("impure code in a pure crate", &faults);
}

#[test]
fn tests_of_pure_crates_and_simulations_use_no_real_clock_port_or_sleep() {
    let tree = Tree::read();
    let simulated = tree.find("sim").into_iter().flat_map(|c| &c.files);
    let faults: Vec<String> = pure_files(&tree)
        .chain(simulated)
        .flat_map(|file| named(file, &file.masked, REAL_WORLD_PATHS))
        .collect();
    expect_none("the real world in a simulated test", &faults);
}

#[test]
fn pure_crates_depend_on_no_package_that_touches_the_world() {
    let packages = Packages::read();
    let mut faults = Vec::new();
    for name in ["ringback-sip", "ringback-roles"] {
        for package in packages.normal_closure(name) {
            if IMPURE_PACKAGES.contains(&package.as_str()) {
                faults.push(format!("{name} depends on {package}"));
            }
        }
    }
    expect_none("impure dependency", &faults);
}

#[test]
fn crates_depend_downwards_only() {
    let packages = Packages::read();
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("ringback-sip", &[] as &[&str]),
        ("ringback-roles", &["ringback-sip"]),
        ("ringback-io", &["ringback-sip", "ringback-roles"]),
        ("ringback-sim", &["ringback-sip", "ringback-roles"]),
    ]);
    let mut faults = Vec::new();
    for (name, below) in allowed {
        for dependency in packages.normal_closure(name) {
            if dependency.starts_with("ringback") && !below.contains(&dependency.as_str()) {
                faults.push(format!("{name} depends on {dependency}"));
            }
        }
    }
    expect_none("crate layers", &faults);
}

#[test]
fn modules_import_only_from_lower_layers() {
    let tree = Tree::read();
    let mut faults = Vec::new();
    for (name, order) in layers() {
        let Some(krate) = tree.find(&name) else {
            panic!("ARCHITECTURE.md names a crate {name} that does not exist")
        };
        faults.extend(layer_faults(krate, &order));
    }
    expect_none("layers of ARCHITECTURE.md", &faults);
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let tree = Tree::read();
    let mut faults = Vec::new();
    for krate in &tree.crates {
        let graph = Graph::new(krate);
        for circle in graph.circles() {
            let inside = graph.edges.iter().filter(|e| circle.contains(&e.from) && circle.contains(&e.to));
            faults.push(format!("circle of {} files:", circle.len()));
            faults.extend(inside.map(|e| {
                let (from, to) = (&krate.files[e.from].path, &krate.files[e.to].path);
                format!("    {from}:{} imports {to} ({})", e.line, e.path)
            }));
        }
    }
    expect_none("circles", &faults);
}

#[test]
fn files_and_functions_stay_short() {
    let mut allowed = offenders();
    let mut faults = Vec::new();
    for file in Tree::read().files().filter(|f| !f.is_test) {
        let long = functions(&file.code)
            .into_iter()
            .map(|f| (format!("{} fn {}", file.path, f.name), f.lines, FUNCTION_LINES_MAX));
        let whole = (file.path.clone(), file.code_lines(), FILE_LINES_MAX);
        for (what, lines, max) in long.chain([whole]).filter(|(_, lines, max)| lines > max) {
            match allowed.remove(&what) {
                Some(listed) if listed == lines => {}
                Some(listed) if lines < listed => {
                    faults.push(format!("{what}: shrank to {lines}; lower its number in {OFFENDERS}"))
                }
                Some(listed) => {
                    faults.push(format!("{what}: {lines} lines, listed with {listed}; it may only shrink"))
                }
                None => faults.push(format!("{what}: {lines} lines, at most {max}")),
            }
        }
    }
    faults.extend(
        allowed.keys().map(|what| format!("{what}: no offender any more; remove it from {OFFENDERS}")),
    );
    expect_none("too long", &faults);
}

#[test]
fn nothing_is_left_for_later() {
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("X", "XX:"),
        concat!("to", "do!("),
        concat!("unimpl", "emented!("),
    ];
    let mut faults = Vec::new();
    for file in Tree::read().files() {
        for (n, line) in file.text.lines().enumerate() {
            faults.extend(
                words.iter().filter(|w| line.contains(**w)).map(|w| format!("{}:{}: {w}", file.path, n + 1)),
            );
        }
    }
    expect_none("left for later", &faults);
}

#[test]
fn libraries_do_not_panic_on_purpose() {
    let calls = [".unwrap()", ".expect(", "panic!(", "unreachable!("];
    let mut faults = Vec::new();
    let tree = Tree::read();
    for file in tree.files().filter(|f| !f.is_test && !f.path.starts_with("sim/")) {
        for (n, line) in file.code.lines().enumerate() {
            let calls = calls.iter().filter(|c| line.contains(**c));
            faults.extend(calls.map(|c| format!("{}:{}: {c}", file.path, n + 1)));
        }
    }
    expect_none("panics", &faults);
}

#[test]
fn unsafe_code_stands_in_io_only_with_its_safety_argument() {
    let mut faults = Vec::new();
    for file in Tree::read().files() {
        let lines: Vec<&str> = file.text.lines().collect();
        for (n, line) in file.masked.lines().enumerate() {
            let is_unsafe =
                ["unsafe {", "unsafe impl", "unsafe fn", "unsafe extern"].iter().any(|u| line.contains(u));
            let argued = lines[n.saturating_sub(6)..=n].iter().any(|l| l.contains("SAFETY:"));
            if is_unsafe && !(file.path.starts_with("io/") && argued) {
                faults.push(format!("{}:{}", file.path, n + 1));
            }
        }
    }
    expect_none("unsafe code", &faults);
}

#[test]
fn names_of_tests_are_claims() {
    let mut faults = Vec::new();
    for file in Tree::read().files() {
        for function in functions(&file.masked) {
            if function.is_test && function.name.starts_with("test_") {
                faults.push(format!("{}:{}: {}", file.path, function.line, function.name));
            }
        }
    }
    expect_none("a test's name is its claim, without a prefix", &faults);
}

#[test]
fn dependencies_have_permissive_licences_and_one_version_each() {
    let packages = Packages::read();
    let mut faults = packages.licence_faults();
    let listed: BTreeSet<String> = lines_of("sim/tests/tidy-duplicates.txt").into_iter().collect();
    let duplicates = packages.duplicates();
    faults.extend(
        duplicates
            .difference(&listed)
            .map(|d| format!("two versions of {d}: unite them, or list it in tidy-duplicates.txt")),
    );
    faults.extend(
        listed
            .difference(&duplicates)
            .map(|d| format!("{d} has one version now: remove it from tidy-duplicates.txt")),
    );
    expect_none("dependencies", &faults);
}

// ---------------------------------------------------------------------------------------------------------------

const OFFENDERS: &str = "sim/tests/tidy-offenders.txt";

/// `path` or `path fn name`, with its length: `sip/src/x.rs fn y = 75`.
fn offenders() -> BTreeMap<String, usize> {
    let row = |line: String| {
        let (what, lines) = line.split_once(" = ").expect("an offender's row is `what = lines`");
        (what.to_owned(), lines.parse().expect("lines is a number"))
    };
    lines_of(OFFENDERS).into_iter().map(row).collect()
}

fn lines_of(path: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(path)).unwrap_or_default();
    text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')).map(str::to_owned).collect()
}

fn pure_files(tree: &Tree) -> impl Iterator<Item = &File> {
    PURE.iter().filter_map(|name| tree.find(name)).flat_map(|c| &c.files)
}

fn named(file: &File, text: &str, forbidden: &[&str]) -> Vec<String> {
    let hit = |path: &Path| {
        let text = path.text().replace("core::net::", "std::net-addresses::").replace("core::", "std::");
        let mut hits = forbidden
            .iter()
            .filter(|f| text == **f || text.strip_prefix(**f).is_some_and(|r| r.starts_with("::")));
        hits.next().map(|_| format!("{}:{}: {}", file.path, path.line, path.text()))
    };
    paths(text).iter().filter_map(hit).collect()
}

/// Uses of std's hash tables with their default hasher, which is a random source.
fn random_hash_maps(file: &File) -> Vec<String> {
    let mut faults = Vec::new();
    for (n, line) in file.code.lines().enumerate() {
        for (table, arguments) in [("HashMap", 3), ("HashSet", 2)] {
            let constructors = ["::new(", "::with_capacity(", "::from("].map(|c| format!("{table}{c}"));
            let constructed = constructors.iter().any(|c| line.contains(c.as_str()));
            let typed = line.match_indices(&format!("{table}<")).any(|(i, m)| {
                let own_type = line[..i].chars().next_back().is_some_and(|c| c.is_alphanumeric());
                !own_type && generic_arguments(&line[i + m.len()..]).is_some_and(|n| n < arguments)
            });
            if constructed || typed {
                faults.push(format!("{}:{}: {table} with a random hasher", file.path, n + 1));
            }
        }
    }
    faults
}

/// How many arguments stand before the `>` that closes a list; `None` when it does not close on this line.
fn generic_arguments(text: &str) -> Option<usize> {
    let mut depth = 0;
    let mut count = 1;
    for c in text.chars() {
        match c {
            '<' | '(' | '[' => depth += 1,
            '>' if depth == 0 => return Some(count),
            '>' | ')' | ']' => depth -= 1,
            ',' if depth == 0 => count += 1,
            _ => {}
        }
    }
    None
}

/// The `layers` block of ARCHITECTURE.md.
fn layers() -> Vec<(String, Vec<String>)> {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md exists");
    let block = text.split("```layers\n").nth(1).and_then(|t| t.split("```").next()).expect("a layers block");
    let row = |line: &str| {
        let (name, order) = line.split_once(": ").expect("crate: modules");
        (name.to_owned(), order.split_whitespace().map(str::to_owned).collect())
    };
    block.lines().map(row).collect()
}

fn layer_faults(krate: &Crate, order: &[String]) -> Vec<String> {
    let rank = |file: &File| order.iter().position(|m| file.module.first() == Some(m));
    let mut faults: Vec<String> = krate
        .files
        .iter()
        .filter(|f| f.path.contains("/src/") && !f.module.is_empty() && rank(f).is_none())
        .map(|f| format!("{}: its module has no place in the layers of ARCHITECTURE.md", f.path))
        .collect();
    for edge in Graph::new(krate).edges {
        let (from, to) = (&krate.files[edge.from], &krate.files[edge.to]);
        if let (Some(a), Some(b)) = (rank(from), rank(to))
            && a < b
        {
            faults.push(format!(
                "{}:{} imports {} from a higher layer ({})",
                from.path, edge.line, to.path, edge.path
            ));
        }
    }
    faults
}

fn expect_none(rule: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{rule}: {} faults\n{}\n", faults.len(), faults.join("\n"));
}

/// What cargo knows of the packages in the build.
struct Packages {
    metadata: serde_json::Value,
}

impl Packages {
    fn read() -> Packages {
        let cargo = option_env!("CARGO").unwrap_or("cargo");
        let arguments = [
            "metadata",
            "--format-version=1",
            "--offline",
            "--locked",
            "--filter-platform=x86_64-unknown-linux-gnu",
        ];
        let output = std::process::Command::new(cargo)
            .args(arguments)
            .current_dir(root())
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
        Packages { metadata: serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON") }
    }

    fn all(&self) -> impl Iterator<Item = &serde_json::Value> {
        let used: BTreeSet<&str> = self.nodes().filter_map(|n| n["id"].as_str()).collect();
        let packages = self.metadata["packages"].as_array().into_iter().flatten();
        packages.filter(move |p| p["id"].as_str().is_some_and(|id| used.contains(id)))
    }

    fn nodes(&self) -> impl Iterator<Item = &serde_json::Value> {
        self.metadata["resolve"]["nodes"].as_array().into_iter().flatten()
    }

    fn name(&self, id: &str) -> String {
        let package = self.all().find(|p| p["id"] == id);
        package.and_then(|p| p["name"].as_str()).unwrap_or(id).to_owned()
    }

    /// The packages that `name` needs at run time, at any depth; build and test dependencies left out.
    fn normal_closure(&self, name: &str) -> BTreeSet<String> {
        let start = self
            .all()
            .find(|p| p["name"] == name)
            .and_then(|p| p["id"].as_str())
            .unwrap_or_else(|| panic!("no package {name}"));
        let mut open = vec![start];
        let mut seen = BTreeSet::new();
        while let Some(id) = open.pop() {
            let node = self.nodes().find(|n| n["id"] == id);
            for dependency in node.and_then(|n| n["deps"].as_array()).into_iter().flatten() {
                let is_normal =
                    dependency["dep_kinds"].as_array().is_some_and(|k| k.iter().any(|k| k["kind"].is_null()));
                if let Some(id) = dependency["pkg"].as_str().filter(|_| is_normal)
                    && seen.insert(id)
                {
                    open.push(id);
                }
            }
        }
        seen.into_iter().map(|id| self.name(id)).collect()
    }

    fn licence_faults(&self) -> Vec<String> {
        let permissive = |expression: &str| {
            let any = |e: &str| {
                e.replace('/', " OR ").split(" OR ").any(|alternative| {
                    alternative
                        .split(" AND ")
                        .all(|l| PERMISSIVE.contains(&l.trim().trim_matches(['(', ')'])))
                })
            };
            // A conjunction of parenthesised choices: each must offer a permissive one.
            any(expression) || expression.split(" AND ").all(any)
        };
        let fault = |p: &serde_json::Value| {
            let licence = p["license"].as_str().unwrap_or("none");
            (!permissive(licence)).then(|| format!("{} {}: licence {licence}", p["name"], p["version"]))
        };
        self.all().filter_map(fault).collect()
    }

    fn duplicates(&self) -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        let names = self.all().filter_map(|p| p["name"].as_str().map(str::to_owned));
        names.filter(|name| !seen.insert(name.clone())).collect()
    }
}

const PERMISSIVE: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "0BSD",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "CC0-1.0",
    "Unlicense",
    "BSL-1.0",
    "MIT-0",
    "CDLA-Permissive-2.0",
    "OpenSSL",
    "MPL-2.0",
];
