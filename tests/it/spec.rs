//! Every rule of `docs/spec` is held by a test that names it, and no test names a rule that does not exist.
//!
//! A rule is a line that begins with its id in bold, such as `**LV1**`; a test cites it at the start of its name,
//! in Rust `fn lv1_...`, in the browser's tests `test('lv1 ...`; several ids follow one another.

use std::collections::BTreeSet;

use crate::workspace::sources;

#[test]
fn every_rule_has_a_test_that_cites_it() {
    let (rules, cited) = (rules(), cited());
    let untested: Vec<_> = rules.difference(&cited).collect();
    assert!(untested.is_empty(), "rules of docs/spec that no test cites: {untested:?}");
}

#[test]
fn every_cited_rule_exists() {
    let rules = rules();
    let families: BTreeSet<&str> = rules.iter().map(|id| family(id)).collect();
    let unknown: Vec<_> = cited()
        .into_iter()
        .filter(|id| families.contains(family(id)) && !rules.contains(id))
        .collect();
    assert!(unknown.is_empty(), "tests cite rules that docs/spec does not have: {unknown:?}");
}

fn rules() -> BTreeSet<String> {
    let spec = sources(&["md"]).into_iter().filter(|source| source.path.starts_with("docs/spec/"));
    spec.flat_map(|source| {
        source.text.lines().filter_map(rule).map(str::to_owned).collect::<Vec<_>>()
    })
    .collect()
}

/// The id of a line that states a rule.
fn rule(line: &str) -> Option<&str> {
    let (id, _) = line.strip_prefix("**")?.split_once("**")?;
    let number = id.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let is_id = number.len() < id.len() && is_number(number);
    is_id.then_some(id)
}

fn cited() -> BTreeSet<String> {
    let mut cited = BTreeSet::new();
    for source in sources(&["rs", "mjs"]) {
        let (start, end) =
            if source.path.ends_with(".rs") { ("fn ", '_') } else { ("test('", ' ') };
        let names = source.text.lines().filter_map(|line| line.trim_start().split_once(start));
        cited.extend(names.flat_map(|(_, name)| citations(name, end)));
    }
    cited
}

/// The ids with which a test's name begins.
fn citations(name: &str, end: char) -> Vec<String> {
    let id = |word: &str| {
        let number = word.trim_start_matches(|c: char| c.is_ascii_lowercase());
        let is_id = number.len() < word.len() && is_number(number);
        is_id.then(|| word.to_ascii_uppercase())
    };
    name.split(end).map_while(id).collect()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn family(id: &str) -> &str {
    id.trim_end_matches(|c: char| c.is_ascii_digit())
}

#[test]
fn ids_are_read_from_lines_and_names() {
    assert_eq!(rule("**LV12** A client resumes."), Some("LV12"));
    assert_eq!(rule("**Note** that"), None);
    assert_eq!(rule("see **LV12**"), None);
    assert_eq!(citations("lv12_a_client_resumes() {", '_'), ["LV12"]);
    assert_eq!(citations("lv1_lv2_it_begins() {", '_'), ["LV1", "LV2"]);
    assert!(citations("a_client_resumes() {", '_').is_empty());
}
