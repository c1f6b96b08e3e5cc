//! `cargo xtask web`: joins the sources of a page into one script and one style sheet that carry their content's hash
//! in the name, so that a screen may keep them for ever. The same sources give the same files on every machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// A page and the sources of its script and style, in the order in which they are joined.
struct Page {
    name: &'static str,
    scripts: &'static [&'static str],
    styles: &'static [&'static str],
}

const PAGES: [Page; 2] = [
    Page {
        name: "display",
        scripts: &[
            "replica.js",
            "closing.js",
            "client.js",
            "chime.js",
            "words.js",
            "fit.js",
            "screen.js",
            "main.js",
        ],
        styles: &["page.css", "calls.css", "sizes.css", "variants.css"],
    },
    Page { name: "index", scripts: &["index.js"], styles: &["index.css"] },
];

/// Paths below `web/dist` and what they hold.
type Files = BTreeMap<PathBuf, String>;

/// Writes `web/dist` anew; files that no source makes any more go away.
pub(crate) fn write(root: &Path) -> Result<()> {
    let (dist, files) = (root.join("web/dist"), build(&root.join("web/src"))?);
    for stale in existing(&dist)?.keys().filter(|path| !files.contains_key(*path)) {
        fs::remove_file(dist.join(stale)).with_context(|| format!("remove {}", stale.display()))?;
    }
    fs::create_dir_all(dist.join("assets")).context("create web/dist/assets")?;
    for (path, text) in &files {
        fs::write(dist.join(path), text).with_context(|| format!("write {}", path.display()))?;
        println!("web/dist/{} ({} bytes)", path.display(), text.len());
    }
    Ok(())
}

/// Fails if `web/dist` is not what the sources give.
pub(crate) fn check(root: &Path) -> Result<()> {
    let (wanted, found) = (build(&root.join("web/src"))?, existing(&root.join("web/dist"))?);
    let differing: Vec<_> = wanted
        .keys()
        .chain(found.keys().filter(|path| !wanted.contains_key(*path)))
        .filter(|path| wanted.get(*path) != found.get(*path))
        .map(|path| path.display().to_string())
        .collect();
    if !differing.is_empty() {
        bail!(
            "web/dist is out of date ({}): run `cargo xtask web` and commit",
            differing.join(", ")
        );
    }
    println!("{} files as built from web/src", wanted.len());
    Ok(())
}

fn build(sources: &Path) -> Result<Files> {
    let mut files = Files::new();
    let icon = add_asset(&mut files, "icon", "svg", read(&sources.join("icon.svg"))?);
    for page in &PAGES {
        let folder = sources.join(page.name);
        let script = add_asset(&mut files, page.name, "js", join_scripts(&folder, page.scripts)?);
        let style = add_asset(&mut files, page.name, "css", join(&folder, page.styles)?);
        let html = read(&folder.join(format!("{}.html", page.name)))?;
        // By this the page knows that another version of it is served.
        let build = hash(&format!("{html}{script}{style}{icon}"));
        let filled = html
            .replace("{{build}}", &build)
            .replace("{{icon}}", &icon)
            .replace("{{script}}", &script)
            .replace("{{style}}", &style);
        files.insert(format!("{}.html", page.name).into(), filled);
    }
    Ok(files)
}

/// Adds a file whose name carries its hash; answers the address at which pages find it.
fn add_asset(files: &mut Files, name: &str, extension: &str, text: String) -> String {
    let path = format!("assets/{name}.{}.{extension}", hash(&text));
    let address = format!("/{path}");
    files.insert(path.into(), text);
    address
}

/// One classic script in a scope of its own: old televisions know no modules.
fn join_scripts(folder: &Path, names: &[&str]) -> Result<String> {
    Ok(format!("(function () {{\n'use strict';\n\n{}\n}})();\n", join(folder, names)?))
}

fn join(folder: &Path, names: &[&str]) -> Result<String> {
    let texts: Result<Vec<String>> = names.iter().map(|name| read(&folder.join(name))).collect();
    Ok(texts?.join("\n"))
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("read {}", path.display()))
}

/// What `web/dist` holds now.
fn existing(dist: &Path) -> Result<Files> {
    let mut files = Files::new();
    for folder in ["", "assets"] {
        let Ok(entries) = fs::read_dir(dist.join(folder)) else { continue };
        for entry in entries {
            let entry = entry.context("list web/dist")?;
            if entry.path().is_file() {
                files.insert(Path::new(folder).join(entry.file_name()), read(&entry.path())?);
            }
        }
    }
    Ok(files)
}

/// FNV-1a in 64 bits: it names versions of a file and guards nothing.
fn hash(text: &str) -> String {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, fold))
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(hash(""), "cbf29ce484222325");
        assert_eq!(hash("a"), "af63dc4c8601ec8c");
    }
}
