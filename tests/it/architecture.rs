//! Which crate may know which: the arrows point down, and a new one is a decision, not an import.

use std::fs;

use crate::workspace::{Package, packages, root};

/// What a crate may know of the others.
enum Knows {
    Only(&'static [&'static str]),
    Anything,
}

use Knows::{Anything, Only};

/// One line per crate of the workspace; tests of a crate may know more.
const TABLE: [(&str, Knows); 11] = [
    ("api", Only(&["domain", "store"])),
    ("audit", Only(&["domain", "projections", "store"])),
    ("bench", Anything),
    ("domain", Only(&[])),
    ("gateway", Only(&["domain", "projections"])),
    ("projections", Only(&["domain"])),
    ("scratch", Only(&[])),
    ("server", Anything),
    ("store", Only(&["domain"])),
    ("tests", Anything),
    ("xtask", Only(&["scratch"])),
];

/// The rules need no I/O, clock, randomness or SQL, so their crate needs nothing that has them.
const DOMAIN_USES: [&str; 7] =
    ["chrono", "chrono-tz", "cqrs-es", "serde", "serde_json", "thiserror", "uuid"];

fn used(package: &Package) -> impl Iterator<Item = &str> {
    package
        .dependencies
        .iter()
        .filter(|dependency| !dependency.for_tests)
        .map(|dependency| dependency.name.as_str())
}

#[test]
fn crates_know_only_what_the_table_allows() {
    let packages = packages();
    let ours: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    for package in &packages {
        let row = TABLE.iter().find(|(name, _)| *name == package.name);
        let (_, knows) =
            row.unwrap_or_else(|| panic!("{} is not in the table of crates", package.name));
        let Only(allowed) = knows else { continue };
        let forbidden: Vec<&str> =
            used(package).filter(|name| ours.contains(name) && !allowed.contains(name)).collect();
        assert!(forbidden.is_empty(), "{} must not depend on {forbidden:?}", package.name);
    }
}

#[test]
fn the_write_side_and_the_read_side_never_meet() {
    for package in packages() {
        let other = match package.name.as_str() {
            "api" => "gateway",
            "gateway" => "api",
            _ => continue,
        };
        let meets = package.dependencies.iter().any(|dependency| dependency.name == other);
        assert!(!meets, "{} must not depend on {other}, not even in its tests", package.name);
    }
}

#[test]
fn the_domain_uses_only_pure_crates() {
    let packages = packages();
    let domain = packages.iter().find(|package| package.name == "domain").unwrap();
    let forbidden: Vec<&str> = used(domain).filter(|name| !DOMAIN_USES.contains(name)).collect();
    assert!(forbidden.is_empty(), "domain must not depend on {forbidden:?}");
}

#[test]
fn a_crate_is_found_in_the_folder_of_its_name() {
    for package in packages() {
        assert_eq!(package.folder, package.name);
    }
}

#[test]
fn crates_inherit_lints_and_versions() {
    for package in packages() {
        let text = fs::read_to_string(root().join(&package.folder).join("Cargo.toml")).unwrap();
        assert!(
            text.contains("[lints]\nworkspace = true"),
            "{} must inherit the lints",
            package.name
        );
        let own: Vec<&str> = own_versions(&text);
        assert!(
            own.is_empty(),
            "{} must take from [workspace.dependencies]: {own:?}",
            package.name
        );
    }
}

/// Lines that ask for a dependency without the workspace.
fn own_versions(manifest: &str) -> Vec<&str> {
    let mut within = false;
    let mut own = Vec::new();
    for line in manifest.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        if line.starts_with('[') {
            within = line.ends_with("dependencies]");
        } else if within && line.contains('=') && !line.contains("workspace = true") {
            own.push(line);
        }
    }
    own
}
