//! What README.md and docs/ print for people to type: commands that the command line takes, and configurations that pass
//! the check.

use crate::cli::Cli;
use crate::settings::Settings;
use clap::{Command, CommandFactory as _};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[test]
fn every_configuration_in_the_docs_passes_the_check() {
    let folder = std::env::temp_dir().join(format!("ringback-docs-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let made = rcgen::generate_simple_self_signed(["sip.example.test".to_owned()]).unwrap();
    std::fs::write(folder.join("fullchain.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("privkey.pem"), made.signing_key.serialize_pem()).unwrap();
    let mut count = 0;
    for page in pages() {
        for block in page.blocks.iter().filter(|block| block.language == "toml") {
            let file = folder.join("ringback.toml");
            let text = block
                .text
                .replace("${HEP_KEY}", "key")
                .replace(PUBLIC_CERTIFICATE, &folder.to_string_lossy());
            std::fs::write(&file, &text).unwrap();
            let loaded = Settings::load(&file);
            assert!(loaded.is_ok(), "{}:{}\n{text}\n{loaded:?}", page.name, block.line);
            count += 1;
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(count >= 5, "{count} blocks");
}

#[test]
fn every_command_in_a_block_of_the_docs_is_one_that_the_command_line_takes() {
    let mut count = 0;
    for page in pages() {
        for (line, command) in page.blocks.iter().flat_map(commands) {
            let parsed = Cli::command().try_get_matches_from(words(&command));
            assert!(parsed.is_ok(), "{}:{line}: {command}\n{}", page.name, parsed.unwrap_err());
            count += 1;
        }
    }
    assert!(count >= 25, "{count} commands");
}

#[test]
fn every_command_and_option_that_the_docs_name_in_passing_exists() {
    let root = built();
    let all: BTreeSet<String> = root.get_subcommands().flat_map(options).collect();
    let mut count = 0;
    // Options that stand alone in benchmarks.md are those of bench/run.
    for page in pages().iter().filter(|page| page.name != "benchmarks.md") {
        for (number, line) in &page.prose {
            let spans: Vec<String> =
                line.split('`').skip(1).step_by(2).map(|s| s.replace("\\|", "|")).collect();
            // In a table, a row is about the command with which it begins.
            let row =
                line.starts_with("| `ringback ").then(|| spans.first().and_then(|span| named(&root, span)));
            for span in &spans {
                let place = format!("{}:{number}: `{span}`", page.name);
                if let Some(rest) = span.strip_prefix("ringback ") {
                    let command = named(&root, span).unwrap_or_else(|| panic!("{place}: no such command"));
                    check_words(command, rest, &place);
                    count += 1;
                } else if span.starts_with("--") {
                    let known = row.flatten().map_or_else(|| all.clone(), options);
                    let wanted = long_options(span);
                    let is_known = |option: &String| known.contains(option) || OTHERS.contains(&&**option);
                    assert!(wanted.iter().all(is_known), "{place}: no such option");
                    count += 1;
                }
            }
        }
    }
    assert!(count >= 100, "{count} spans");
}

#[test]
fn the_lines_of_rules_in_the_example_of_routing_are_those_of_its_file() {
    let pages = pages();
    let page = pages.iter().find(|page| page.name == "routing.md").unwrap();
    let block = |language: &str| page.blocks.iter().find(|block| block.language == language).unwrap();
    let file: Vec<&str> = block("toml").text.lines().collect();
    let mut count = 0;
    for line in block("console").text.lines() {
        let [rule, "line", number, ..] = line.split_whitespace().collect::<Vec<_>>()[..] else { continue };
        let at: usize = number.parse().unwrap();
        assert_eq!(file[at - 1..=at], ["[[route]]".to_owned(), format!("name = {rule:?}")], "{line}");
        count += 1;
    }
    assert_eq!(count, 3);
}

#[test]
fn every_option_and_argument_is_explained_by_help() {
    fn walk(command: &Command) {
        for arg in command.get_arguments() {
            assert!(arg.get_help().is_some(), "{} {}", command.get_name(), arg.get_id());
        }
        assert!(command.get_about().is_some(), "{}", command.get_name());
        command.get_subcommands().for_each(walk);
    }
    walk(&built());
}

/// Options of other programs: rtpengine.
const OTHERS: &[&str] = &["homer"];

/// Where the docs have the certificate of a public authority.
const PUBLIC_CERTIFICATE: &str = "/etc/letsencrypt/live/sip.example.test";

/// A page, as code blocks and as the lines between them.
struct Page {
    name: String,
    blocks: Vec<Block>,
    prose: Vec<(usize, String)>,
}

struct Block {
    /// The word behind its fence; empty for one that is indented.
    language: String,
    /// The number of its first line.
    line: usize,
    text: String,
}

fn pages() -> Vec<Page> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let docs = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = docs.filter(|path| path.extension().is_some_and(|e| e == "md")).collect();
    files.sort();
    files.push(root.join("README.md"));
    files.iter().map(|file| page(file)).collect()
}

fn page(file: &Path) -> Page {
    let text = std::fs::read_to_string(file).unwrap();
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let mut page = Page { name, blocks: Vec::new(), prose: Vec::new() };
    let mut open: Option<Block> = None;
    for (line, number) in text.lines().zip(1..) {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => page.blocks.extend(open.take()),
            (Some(language), None) => {
                open = Some(Block { language: language.to_owned(), line: number + 1, text: String::new() });
            }
            (None, Some(block)) => block.text.extend([line, "\n"]),
            (None, None) => match line.strip_prefix("    ") {
                Some(code) => {
                    page.blocks.push(Block { language: String::new(), line: number, text: code.to_owned() })
                }
                None => page.prose.push((number, line.to_owned())),
            },
        }
    }
    page
}

/// The commands of a block that are ours, with their lines: without prompt, variables, and what stands two spaces further.
fn commands(block: &Block) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (line, number) in block.text.lines().zip(block.line..) {
        let line = line.strip_prefix("$ ").unwrap_or(line).split("  ").next().unwrap_or_default();
        for part in line.split(" && ").flat_map(|part| part.split(" | ")) {
            let is_variable = |word: &str| {
                word.split_once('=').is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_uppercase()))
            };
            let rest: Vec<&str> = part.split(' ').skip_while(|word| is_variable(word)).collect();
            if rest.first() == Some(&"ringback") {
                found.push((number, rest.join(" ")));
            }
        }
    }
    found
}

/// The words of a command, as a shell splits them.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut quote) = (vec![String::new()], None);
    for c in command.chars() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (_, Some(open)) if open == c => quote = None,
            (' ', None) => words.push(String::new()),
            _ => words.last_mut().unwrap().push(c),
        }
    }
    words
}

/// The command line, with what clap adds to it.
fn built() -> Command {
    let mut root = Cli::command();
    root.build();
    root
}

/// The command that a text such as `ringback ping TARGET` names.
fn named<'a>(root: &'a Command, text: &str) -> Option<&'a Command> {
    root.find_subcommand(text.split(' ').nth(1)?)
}

/// The long options of a command and of those below it.
fn options(command: &Command) -> BTreeSet<String> {
    let own = command.get_arguments().flat_map(|arg| arg.get_long_and_visible_aliases().unwrap_or_default());
    own.map(str::to_owned).chain(command.get_subcommands().flat_map(options)).collect()
}

/// The long options in a text, without their dashes.
fn long_options(text: &str) -> Vec<String> {
    let end = |rest: &str| rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
    text.split("--")
        .skip(1)
        .map(|rest| rest[..end(rest)].to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// Asserts that a command has the subcommands and options of a text such as `bans list|lift|add`.
fn check_words(command: &Command, rest: &str, place: &str) {
    let known = options(command);
    for option in long_options(rest) {
        assert!(known.contains(&option), "{place}: no such option");
    }
    let second = rest.split(' ').nth(1).unwrap_or_default();
    let takes_words =
        command.get_positionals().next().is_none() && command.get_subcommands().next().is_some();
    if takes_words && second.starts_with(|c: char| c.is_ascii_lowercase()) {
        for word in second.split('|') {
            assert!(command.find_subcommand(word).is_some(), "{place}: {word} is no command");
        }
    }
}
