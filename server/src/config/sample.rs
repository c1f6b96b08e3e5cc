//! The text of `.env.sample`, written from the list of settings.
//!
//! Owns its layout. Never holds a name or a default of its own.

use std::fmt::Write as _;

use crate::cli;

const HEAD: &str = "\
# Every setting of smartqueue as a variable of the environment, with its default.
# A flag goes before a variable, a variable before the settings file. `smartqueue config` shows what is in force.
# Written by `smartqueue config --sample`; a test compares the two.
";

const LINE_WIDTH: usize = 110;

/// Every variable with its explanation and its default.
#[must_use]
pub fn env_sample() -> String {
    let mut text = HEAD.to_owned();
    let list = cli::settings_list();
    for arg in list.get_arguments() {
        let Some(name) = arg.get_env() else { continue };
        let defaults: Vec<_> =
            arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        text.push('\n');
        wrap(&mut text, &format!("{help}."));
        // An empty variable is not the same as none, so a setting without a default stays commented out. So does the
        // one whose default depends on the command.
        let depends = arg.get_id() == "database_url";
        let mark = if defaults.is_empty() || depends { "# " } else { "" };
        let _ = writeln!(text, "{mark}{}={}", name.to_string_lossy(), defaults.join(","));
    }
    text
}

/// Writes an explanation as comment lines of a width that a terminal shows.
fn wrap(text: &mut String, explanation: &str) {
    let mut width = 1;
    text.push('#');
    for word in explanation.split_whitespace() {
        if width + 1 + word.len() > LINE_WIDTH {
            text.push_str("\n#");
            width = 1;
        }
        text.push(' ');
        text.push_str(word);
        width += 1 + word.len();
    }
    text.push('\n');
}
