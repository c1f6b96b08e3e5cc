//! The binary `smartqueue`. Owns the exit code and the last sentence before it. Never does work.

use std::path::Path;
use std::process::ExitCode;

use server::config::{self, DEFAULT_FILE, LoadError};
use server::{app, cli};

/// A wrong setting or argument, as clap exits too.
const EXIT_SETTINGS: u8 = 2;

fn main() -> ExitCode {
    let loaded = match config::load(std::env::args_os(), Path::new(DEFAULT_FILE)) {
        Ok(loaded) => loaded,
        Err(LoadError::Arguments(error)) => error.exit(),
        Err(LoadError::Settings(sentence)) => {
            eprintln!("smartqueue: {sentence}");
            return ExitCode::from(EXIT_SETTINGS);
        }
    };
    let demo = match loaded.mode {
        cli::Mode::Config { sample: true } => {
            app::say(&config::env_sample());
            return ExitCode::SUCCESS;
        }
        cli::Mode::Config { sample: false } => {
            app::say(&cli::describe(&loaded.entries));
            return ExitCode::SUCCESS;
        }
        cli::Mode::Demo => true,
        cli::Mode::Serve => false,
    };
    match app::run(&loaded, demo) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("smartqueue: {error:#}");
            ExitCode::FAILURE
        }
    }
}
