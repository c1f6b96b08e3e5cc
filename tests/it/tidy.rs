//! Habits that a machine can check, so that no reviewer has to.

use crate::workspace::{Source, sources};

const FILE_LINES_MAX: usize = 300;

/// What we wrote by hand and what people read.
const WRITTEN: [&str; 7] = ["css", "html", "js", "mjs", "rs", "sql", "sh"];

/// Made by a machine, or data: their length says nothing.
const GENERATED: [&str; 2] = ["gateway/fixtures/", "web/dist/"];

/// Files that may be longer, each with its reason.
const LONGER: [(&str, &str); 0] = [];

/// Spelt in two halves, so that this file does not find itself.
const LEFTOVERS: [&str; 3] = [concat!("FIX", "ME"), concat!("dbg", "!("), concat!("XX", "X:")];

fn written() -> impl Iterator<Item = Source> {
    let generated =
        |source: &Source| GENERATED.iter().any(|folder| source.path.starts_with(folder));
    sources(&WRITTEN).into_iter().filter(move |source| !generated(source))
}

#[test]
fn files_stay_short_enough_to_read() {
    let excused = |path: &str| LONGER.iter().any(|(longer, _)| *longer == path);
    let long: Vec<String> = written()
        .filter(|source| !excused(&source.path))
        .map(|source| (source.text.lines().count(), source.path))
        .filter(|(lines, _)| *lines > FILE_LINES_MAX)
        .map(|(lines, path)| format!("{path} ({lines} lines)"))
        .collect();
    assert!(long.is_empty(), "split these, or say in LONGER why not: {long:#?}");
}

#[test]
fn excuses_are_still_needed() {
    for (path, reason) in LONGER {
        let needed = written()
            .any(|source| source.path == path && source.text.lines().count() > FILE_LINES_MAX);
        assert!(needed, "{path} needs its excuse no more: {reason}");
    }
}

#[test]
fn nothing_is_left_over() {
    let mut found = Vec::new();
    for source in written() {
        for (number, line) in source.text.lines().enumerate() {
            if LEFTOVERS.iter().any(|leftover| line.contains(leftover)) {
                found.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn each_rust_file_opens_with_what_it_owns() {
    let silent: Vec<String> = written()
        .filter(|source| source.path.ends_with(".rs") && !source.text.starts_with("//!"))
        .map(|source| source.path)
        .collect();
    assert!(silent.is_empty(), "these files do not say what they own: {silent:#?}");
}
