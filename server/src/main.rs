//! The binary `smartqueue`. Owns the exit code and the last sentence before it. Never does work.

use std::path::Path;
use std::process::ExitCode;

use server::config::{self, DEFAULT_FILE, LoadError};
use server::{app, cli, database, telemetry};

/// A wrong setting or argument, as clap exits too.
const EXIT_SETTINGS: u8 = 2;

fn main() -> ExitCode {
    let loaded = match config::load(std::env::args_os(), Path::new(DEFAULT_FILE)) {
        Ok(loaded) => loaded,
        Err(LoadError::Arguments(error)) => error.exit(),
        Err(LoadError::Settings(sentence)) => {
            telemetry::complain(&sentence);
            return ExitCode::from(EXIT_SETTINGS);
        }
    };
    let done = match &loaded.mode {
        cli::Mode::Config { sample: true } => {
            app::say(&config::env_sample());
            Ok(())
        }
        cli::Mode::Config { sample: false } => {
            app::say(&cli::describe(&loaded.entries));
            Ok(())
        }
        cli::Mode::Backup { file } => database::backup(&loaded.settings, file),
        cli::Mode::Restore { file } => database::restore(&loaded.settings, file),
        cli::Mode::Migrate => database::migrate(&loaded.settings),
        cli::Mode::Copy { from, to } => database::copy(&loaded.settings, from, to),
        cli::Mode::Demo => app::run(&loaded, true),
        cli::Mode::Serve => app::run(&loaded, false),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            telemetry::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
