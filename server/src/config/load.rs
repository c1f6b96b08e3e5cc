//! From the command line, the environment and the file to the effective settings.
//!
//! Owns the precedence flag > environment > file > default, and the record of which one won. Never opens
//! anything that a setting names.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{ArgMatches, FromArgMatches as _};

use super::file::{self, FileValues};
use super::settings::Settings;
use crate::cli::{self, Cli, Mode};

/// Where the demo keeps its log when nobody says where: never where `serve` keeps one.
const DEMO_DATABASE: &str = "sqlite:data/demo.db";

/// What was asked for, and with which settings.
#[derive(Debug)]
pub struct Loaded {
    /// The subcommand.
    pub mode: Mode,
    /// The effective settings.
    pub settings: Settings,
    /// Each setting with its value and where it came from, in the order of the list.
    pub entries: Vec<Entry>,
    /// Variables of the environment that look like ours and are not: probably typing errors.
    pub unknown_variables: Vec<String>,
}

/// One effective setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key as the file spells it.
    pub key: String,
    /// The values as they were written, without passwords; one, unless the setting is a list.
    pub values: Vec<String>,
    /// Who set it.
    pub source: Source,
}

/// Where a setting came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A flag of the command line.
    Flag(String),
    /// A variable of the environment.
    Environment(String),
    /// The settings file.
    File(PathBuf),
    /// Nobody.
    Default,
    /// Nobody, and the demo has another default, so that it and one's own data never mix.
    DefaultButFor(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "flag --{name}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Default => f.write_str("default"),
            Self::DefaultButFor(demo) => write!(f, "default; the demo has {demo}"),
        }
    }
}

/// Why the settings were refused.
#[derive(Debug)]
pub enum LoadError {
    /// The command line or the environment; also `--help` and `--version`, which clap treats alike.
    Arguments(Box<clap::Error>),
    /// The file, or settings that do not fit together: one sentence.
    Settings(String),
}

/// Reads all sources. `default_file` is read if it exists and no other file is named.
pub fn load<I>(arguments: I, default_file: &Path) -> Result<Loaded, LoadError>
where
    I: IntoIterator<Item = OsString>,
{
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let first = cli::command().try_get_matches_from(&arguments).map_err(refused)?;
    let named = first.get_one::<PathBuf>("config").cloned();
    let path = named.or_else(|| default_file.exists().then(|| default_file.to_owned()));
    let Some(path) = path else { return finish(&first, &FileValues::new(), Path::new("")) };

    let values = file::read(&path).map_err(LoadError::Settings)?;
    // The file gives new defaults, so that its values pass the same parsers. The arguments were accepted
    // without it just now, so that an error can only be about a value in the file.
    let matches = with_defaults(&values).try_get_matches_from(&arguments).map_err(|error| {
        let text = error.to_string();
        let said = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        LoadError::Settings(format!("the settings file {} is refused: {said}", path.display()))
    })?;
    finish(&matches, &values, &path)
}

fn with_defaults(values: &FileValues) -> clap::Command {
    cli::command().mut_args(|arg| match values.get(arg.get_id().as_str()) {
        Some(texts) => arg.default_values(texts.clone()),
        None => arg,
    })
}

fn finish(matches: &ArgMatches, values: &FileValues, path: &Path) -> Result<Loaded, LoadError> {
    let Cli { mut settings, mode } = Cli::from_arg_matches(matches).map_err(refused)?;
    settings.allowed_origins.retain(|origin| !origin.as_str().is_empty());
    let mode = mode.unwrap_or(Mode::Demo);
    let chosen = matches.value_source("database_url") != Some(ValueSource::DefaultValue)
        || values.contains_key("database_url");
    if mode == Mode::Demo && !chosen {
        settings.database_url = DEMO_DATABASE.parse().map_err(LoadError::Settings)?;
    }
    if let Some(folder) = settings.web_dir.as_ref().filter(|folder| !folder.is_dir()) {
        return Err(LoadError::Settings(format!(
            "web_dir {} is no folder; leave it out to serve the embedded pages",
            folder.display()
        )));
    }
    let limits = &settings.limits;
    if limits.connections_max < limits.sockets_max {
        return Err(LoadError::Settings(format!(
            "connections_max ({}) is below sockets_max ({}): raise the first or lower the second",
            limits.connections_max, limits.sockets_max
        )));
    }
    let entries = entries(matches, values, path, &settings);
    let unknown_variables = unknown_variables(std::env::vars_os().map(|(name, _)| name));
    Ok(Loaded { mode, settings, entries, unknown_variables })
}

fn entries(
    matches: &ArgMatches,
    values: &FileValues,
    path: &Path,
    settings: &Settings,
) -> Vec<Entry> {
    let list = cli::settings_list();
    let entry = |arg: &clap::Arg| {
        let id = arg.get_id().as_str();
        let source = match matches.value_source(id) {
            Some(ValueSource::CommandLine) => Source::Flag(arg.get_long().unwrap_or(id).to_owned()),
            Some(ValueSource::EnvVariable) => Source::Environment(
                arg.get_env().unwrap_or_default().to_string_lossy().into_owned(),
            ),
            _ if values.contains_key(id) => Source::File(path.to_owned()),
            _ if id == "database_url" => Source::DefaultButFor(DEMO_DATABASE),
            _ => Source::Default,
        };
        let raw = matches.get_raw(id).into_iter().flatten();
        let values = match id {
            "database_url" => vec![settings.database_url.to_string()],
            "allowed_origins" => {
                settings.allowed_origins.iter().map(|origin| origin.as_str().to_owned()).collect()
            }
            _ => raw.map(|text| text.to_string_lossy().into_owned()).collect(),
        };
        Entry { key: file::key_of(id), values, source }
    };
    list.get_arguments().map(entry).collect()
}

/// Names that begin like ours and that nobody reads. `SMARTQUEUE_GIT_HASH` is read when building.
pub(super) fn unknown_variables(names: impl Iterator<Item = OsString>) -> Vec<String> {
    let list = cli::settings_list();
    let known =
        |name: &str| list.get_arguments().any(|arg| arg.get_env().is_some_and(|env| env == name));
    let ours = names
        .filter_map(|name| name.into_string().ok())
        .filter(|name| name.starts_with("SMARTQUEUE_"));
    ours.filter(|name| !known(name) && name != "SMARTQUEUE_GIT_HASH").collect()
}

fn refused(error: clap::Error) -> LoadError {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    let stray = match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::UnknownArgument, Some(ContextValue::String(text))) => text.as_str(),
        (ErrorKind::InvalidSubcommand, _) => match error.get(ContextKind::InvalidSubcommand) {
            Some(ContextValue::String(text)) => text.as_str(),
            _ => "",
        },
        _ => "",
    };
    if matches!(stray, "true" | "false") {
        return LoadError::Settings(format!(
            "{stray} stands alone: write a switch and its value as one, such as --open-staff-api={stray}"
        ));
    }
    LoadError::Arguments(Box::new(error))
}
