//! The conformance register: every clause that we obey names the tests that prove it, and those tests exist.
//! The coverage table in docs/ is derived from the registries and from conformance/coverage.toml.

use ringback_sim::source::{File, Tree, functions, root};
use ringback_sip::registry::{Method, StatusCode, Timer};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use toml::{Table, Value};

#[test]
fn every_clause_names_existing_tests_or_says_why_not() {
    let tests = Tests::read();
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for (file, table) in registers() {
        for row in rows(&table, "clause") {
            let id = text(row, "id");
            faults.extend(clause_faults(&file, row, &tests).into_iter().map(|f| format!("{file} {id}: {f}")));
            if !seen.insert(id.to_owned()) {
                faults.push(format!("{file} {id}: the id is used twice"));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}\n", faults.len(), faults.join("\n"));
}

#[test]
fn every_row_of_the_coverage_names_a_known_thing_and_existing_tests() {
    let tests = Tests::read();
    let known: BTreeSet<String> =
        subjects().into_iter().flat_map(|(_, things)| things).map(|(key, _)| key).collect();
    let mut faults = Vec::new();
    for row in rows(&coverage(), "supported") {
        let what = text(row, "what");
        if !known.contains(what) {
            faults.push(format!("{what}: no method, status code or timer"));
        }
        if text(row, "how").is_empty() {
            faults.push(format!("{what}: `how` does not say what provokes it"));
        }
        let named = names(row);
        if named.is_empty() {
            faults.push(format!("{what}: without tests it is not supported"));
        }
        faults.extend(named.iter().filter(|t| !tests.exists(t)).map(|t| format!("{what}: no test {t}")));
    }
    assert!(faults.is_empty(), "{} faults\n{}\n", faults.len(), faults.join("\n"));
}

#[test]
fn the_coverage_table_is_fresh() {
    let path = root().join("docs/coverage.md");
    let fresh = coverage_table();
    if std::env::var_os("RINGBACK_BLESS").is_some() {
        std::fs::write(&path, &fresh).expect("docs/ can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == fresh,
        "docs/coverage.md is stale: run RINGBACK_BLESS=1 cargo test -p ringback-sim --test conformance"
    );
}

#[test]
fn the_registries_have_the_size_that_iana_gives_them() {
    let sizes: Vec<usize> = subjects().iter().map(|(_, things)| things.len()).collect();
    assert_eq!(sizes, [14, 76, 14]);
}

// ---------------------------------------------------------------------------------------------------------------

fn clause_faults(file: &str, row: &Table, tests: &Tests) -> Vec<String> {
    let mut faults = Vec::new();
    let rfc = file.trim_start_matches("rfc").trim_end_matches(".toml");
    if !text(row, "id").starts_with(&format!("{rfc}-")) {
        faults.push(format!("the id does not begin with {rfc}-"));
    }
    faults
        .extend(["section", "what"].iter().filter(|k| text(row, k).is_empty()).map(|k| format!("no `{k}`")));
    if !["MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY"].contains(&text(row, "level")) {
        faults.push("`level` is none of MUST, MUST NOT, SHOULD, SHOULD NOT, MAY".to_owned());
    }
    let named = names(row);
    if named.is_empty() && text(row, "reason").is_empty() {
        faults.push("neither tests nor a reason".to_owned());
    }
    faults.extend(named.iter().filter(|t| !tests.exists(t)).map(|t| format!("no test {t}")));
    for key in
        row.keys().filter(|k| !["id", "section", "level", "what", "tests", "reason"].contains(&k.as_str()))
    {
        faults.push(format!("unknown key `{key}`"));
    }
    faults
}

/// What can be covered: for each kind its things, as the key in coverage.toml and the name in the table.
fn subjects() -> Vec<(&'static str, Vec<(String, String)>)> {
    let methods = Method::ALL.iter().map(|m| (m.as_str().to_owned(), m.as_str().to_owned())).collect();
    let codes = StatusCode::ALL
        .iter()
        .map(|c| (c.number().to_string(), format!("{} {}", c.number(), c.phrase())))
        .collect();
    let lettered = Timer::ALL.iter().filter(|t| t.as_str().len() == "Timer A".len());
    let timers = lettered.map(|t| (t.as_str().to_owned(), t.as_str().to_owned())).collect();
    vec![("Methods", methods), ("Status codes", codes), ("Timers", timers)]
}

fn coverage_table() -> String {
    let coverage = coverage();
    let supported: BTreeMap<&str, &Table> =
        rows(&coverage, "supported").map(|row| (text(row, "what"), row)).collect();
    let mut out = String::from(
        "# Coverage\n\nGenerated from the registries and conformance/coverage.toml; do not edit. A thing is supported only when a test\n\
         provokes it through the system, for its own reason.\n",
    );
    for (kind, things) in subjects() {
        let count = things.iter().filter(|(key, _)| supported.contains_key(key.as_str())).count();
        let _ = writeln!(
            out,
            "\n## {kind}: {count} of {}\n\n| | | provoked by | tests |\n|---|---|---|---|",
            things.len()
        );
        for (key, name) in things {
            let _ = match supported.get(key.as_str()) {
                Some(row) => {
                    let tests: Vec<String> = names(row).iter().map(|t| format!("`{t}`")).collect();
                    writeln!(out, "| {name} | supported | {} | {} |", text(row, "how"), tests.join(", "))
                }
                None => writeln!(out, "| {name} | not yet | | |"),
            };
        }
    }
    out
}

fn coverage() -> Table {
    parse("conformance/coverage.toml")
}

/// The files conformance/rfcNNNN.toml.
fn registers() -> Vec<(String, Table)> {
    let folder = std::fs::read_dir(root().join("conformance")).expect("conformance/ exists");
    let mut names: Vec<String> =
        folder.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|n| n.starts_with("rfc"));
    names.sort();
    names.into_iter().map(|n| (n.clone(), parse(&format!("conformance/{n}")))).collect()
}

fn parse(path: &str) -> Table {
    let text = std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
    text.parse().unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn rows<'a>(table: &'a Table, key: &str) -> impl Iterator<Item = &'a Table> {
    table.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table)
}

fn text<'a>(row: &'a Table, key: &str) -> &'a str {
    row.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn names(row: &Table) -> Vec<&str> {
    row.get("tests").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The tests of the workspace by name, each with the paths of its places.
struct Tests {
    by_name: BTreeMap<String, Vec<Vec<String>>>,
}

impl Tests {
    fn read() -> Tests {
        let mut by_name: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
        for file in Tree::read().files() {
            for test in functions(&file.masked).into_iter().filter(|f| f.is_test) {
                by_name.entry(test.name).or_default().push(place(file));
            }
        }
        Tests { by_name }
    }

    /// Whether `path` (`sip::module::tests::name`, `sim::tests::file::name`) names a test. Modules inside a file
    /// are not followed: what stands between the file's module and the name is not checked.
    fn exists(&self, path: &str) -> bool {
        let mut segments: Vec<String> = path.split("::").map(str::to_owned).collect();
        let name = segments.pop().unwrap_or_default();
        self.by_name.get(&name).is_some_and(|places| places.iter().any(|place| segments.starts_with(place)))
    }
}

/// `sip/src/a/b.rs` is `sip::a::b`; `sim/tests/x.rs` is `sim::tests::x`.
fn place(file: &File) -> Vec<String> {
    let parts =
        file.path.trim_end_matches(".rs").split('/').filter(|s| !["src", "mod", "lib", "main"].contains(s));
    parts.map(str::to_owned).collect()
}
