//! Running another program in the repository, in sight of the reader.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// A program to run, with its output passed through.
pub(crate) struct Run {
    program: String,
    command: Command,
}

impl Run {
    pub(crate) fn new(program: &str) -> Self {
        Self { program: program.to_owned(), command: Command::new(program) }
    }

    pub(crate) fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    /// Runs it in `folder`; anything but success is an error that names the command.
    pub(crate) fn at(mut self, folder: &Path) -> Result<()> {
        let status = self
            .command
            .current_dir(folder)
            .stdin(Stdio::null())
            .status()
            .with_context(|| format!("cannot start `{}`; is it installed?", self.program))?;
        if !status.success() {
            let args: Vec<_> = self.command.get_args().map(OsStr::to_string_lossy).collect();
            bail!("`{} {}` ended with {status}", self.program, args.join(" "));
        }
        Ok(())
    }
}

/// Whether the program is there and answers when asked for its version.
pub(crate) fn answers(program: &str) -> bool {
    let asked = Command::new(program).arg("--version").stdin(Stdio::null()).output();
    asked.is_ok_and(|output| output.status.success())
}
