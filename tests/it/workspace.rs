//! Reading the repository: its root, its files, and what cargo says about its crates. It judges nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

/// Folders that hold nothing we wrote.
const FOREIGN: [&str; 4] = [".git", "data", "node_modules", "target"];

/// Asked of cargo when the test runs: copies of the repository may share one target folder.
pub(crate) fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let here = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let here = here.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        here.parent().unwrap().to_owned()
    });
    &ROOT
}

/// A file of the repository.
pub(crate) struct Source {
    /// From the root, with `/` between folders.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// All files with one of these extensions, sorted by path.
pub(crate) fn sources(extensions: &[&str]) -> Vec<Source> {
    let mut paths = Vec::new();
    walk(root(), &mut paths);
    paths.sort();
    let wanted = |path: &PathBuf| {
        path.extension()
            .and_then(|extension| extension.to_str())
            .is_some_and(|extension| extensions.contains(&extension))
    };
    paths.into_iter().filter(wanted).map(read).collect()
}

fn read(path: PathBuf) -> Source {
    let relative = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
    Source { path: relative, text: fs::read_to_string(&path).unwrap() }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        let foreign = FOREIGN.iter().any(|name| entry.file_name() == *name);
        if kind.is_dir() && !foreign {
            walk(&entry.path(), found);
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
}

/// A crate of the workspace.
pub(crate) struct Package {
    pub(crate) name: String,
    /// Where its manifest is, from the root.
    pub(crate) folder: String,
    pub(crate) dependencies: Vec<Dependency>,
}

pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Needed by its tests alone.
    pub(crate) for_tests: bool,
}

/// The crates of the workspace, as cargo sees them.
pub(crate) fn packages() -> Vec<Package> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

fn package(value: &Value) -> Package {
    let manifest = Path::new(value["manifest_path"].as_str().unwrap());
    let folder = manifest.parent().unwrap().strip_prefix(root()).unwrap();
    let dependency = |value: &Value| Dependency {
        name: value["name"].as_str().unwrap().to_owned(),
        for_tests: value["kind"] == "dev",
    };
    Package {
        name: value["name"].as_str().unwrap().to_owned(),
        folder: folder.to_string_lossy().replace('\\', "/"),
        dependencies: value["dependencies"].as_array().unwrap().iter().map(dependency).collect(),
    }
}
