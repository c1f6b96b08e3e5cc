//! Settings without a process: what each kind of value accepts, and what a file may hold.

use std::ffi::OsString;
use std::path::Path;

use super::file;
use super::load::unknown_variables;
use super::{DatabaseUrl, LoadError, Origin, load};

fn arguments(list: &[&str]) -> Vec<OsString> {
    ["smartqueue"].iter().chain(list).map(OsString::from).collect()
}

#[test]
fn the_command_line_is_consistent() {
    crate::cli::command().debug_assert();
}

#[test]
fn every_setting_has_a_variable_that_follows_its_name() {
    for arg in crate::cli::settings_list().get_arguments() {
        let id = arg.get_id().as_str();
        let expected = format!("SMARTQUEUE_{}", id.to_uppercase());
        assert_eq!(arg.get_env().and_then(|name| name.to_str()), Some(expected.as_str()));
        assert_eq!(arg.get_long(), Some(id.replace('_', "-").as_str()));
        assert!(arg.get_help().is_some(), "{id} is not explained");
    }
}

#[test]
fn a_file_gives_lists_numbers_and_switches() {
    let text = "open_staff_api = true\nallowed_origins = [\"https://a.example\", \"https://b.example\"]\nlimits.mailbox_len = 5";
    let values = file::parse(text).unwrap();
    assert_eq!(values["open_staff_api"], ["true"]);
    assert_eq!(values["allowed_origins"], ["https://a.example", "https://b.example"]);
    assert_eq!(values["mailbox_len"], ["5"]);
}

#[test]
fn a_file_with_an_unknown_key_is_refused_with_the_nearest() {
    let refused = |text| file::parse(text).unwrap_err();
    assert_eq!(
        refused("lisen = \"x\""),
        "there is no setting \"lisen\"; the nearest is \"listen\""
    );
    assert_eq!(
        refused("mailbox_len = 1"),
        "there is no setting \"mailbox_len\"; the nearest is \"limits.mailbox_len\""
    );
    assert!(refused("config = \"x\"").starts_with("there is no setting \"config\""));
    assert!(refused("[server]\nlisten = \"x\"").starts_with("there is no setting \"server\""));
}

#[test]
fn a_file_with_a_list_for_one_value_is_refused() {
    for text in ["listen = [\"0.0.0.0:1\", \"0.0.0.0:2\"]", "open_staff_api = []"] {
        let sentence = file::parse(text).unwrap_err();
        assert!(sentence.ends_with("is one value, not a list"), "{sentence}");
    }
}

#[test]
fn a_named_file_must_exist_and_the_default_one_need_not() {
    let none = Path::new("/nonexistent/smartqueue.toml");
    assert!(load(arguments(&[]), none).is_ok());
    let LoadError::Settings(sentence) =
        load(arguments(&["--config", "/nonexistent/x.toml"]), none).unwrap_err()
    else {
        panic!("the file is at fault, not the arguments")
    };
    assert!(sentence.contains("/nonexistent/x.toml cannot be read"), "{sentence}");
}

#[test]
fn limits_that_contradict_each_other_are_refused() {
    let asked = arguments(&["--sockets-max", "10", "--connections-max", "5"]);
    let LoadError::Settings(sentence) = load(asked, Path::new("")).unwrap_err() else {
        panic!("one sentence")
    };
    assert!(sentence.contains("connections_max (5) is below sockets_max (10)"), "{sentence}");
}

#[test]
fn a_password_is_never_shown() {
    let shown = |text: &str| text.parse::<DatabaseUrl>().unwrap().to_string();
    assert_eq!(shown("postgres://u:p@ss@h/d"), "postgres://u:***@h/d");
    assert_eq!(shown("postgres://u@h/d?password=p&x=1"), "postgres://u@h/d?password=***&x=1");
    assert_eq!(shown("sqlite:data/x.db"), "sqlite:data/x.db");
    let url: DatabaseUrl = "postgres://u:p@h/d".parse().unwrap();
    assert_eq!(format!("{url:?}"), "postgres://u:***@h/d");
    assert_eq!(url.expose(), "postgres://u:p@h/d");
}

#[test]
fn an_origin_is_what_a_browser_sends() {
    let read = |text: &str| text.parse::<Origin>().map(|origin| origin.as_str().to_owned());
    assert_eq!(read("HTTPS://Queue.Example.org:443/").unwrap(), "https://queue.example.org");
    assert_eq!(read("http://10.0.0.5:8000").unwrap(), "http://10.0.0.5:8000");
    for wrong in ["queue.example.org", "https://a/b", "ftp://a", "https://u@a", "https://", "*"] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_variable_that_nobody_reads_is_noticed() {
    let names = ["SMARTQUEUE_LISEN", "SMARTQUEUE_LISTEN", "SMARTQUEUE_GIT_HASH", "PATH"];
    assert_eq!(unknown_variables(names.into_iter().map(OsString::from)), ["SMARTQUEUE_LISEN"]);
}

/// What is said about one flag that must be refused.
fn refused(flag: &str) -> String {
    match load(arguments(&["serve", flag]), Path::new("")) {
        Err(LoadError::Settings(sentence)) => sentence,
        Err(LoadError::Arguments(error)) => error.to_string(),
        Ok(_) => panic!("{flag} is taken"),
    }
}

#[test]
fn every_number_has_a_least_and_a_largest() {
    let numbers = ["COUNT", "BYTES", "SECONDS", "MILLIS", "EVENTS", "COMMANDS", "FRAMES", "FACTOR"];
    let list = crate::cli::settings_list();
    let is_number = |arg: &&clap::Arg| {
        let names = arg.get_value_names().unwrap_or_default();
        names.iter().any(|name| numbers.contains(&name.as_str()))
    };
    let flags: Vec<_> =
        list.get_arguments().filter(is_number).filter_map(clap::Arg::get_long).collect();
    assert_eq!(flags.len(), 24, "{flags:?}");
    let (mut least_of_all, mut largest_of_all) =
        (vec!["serve".to_owned()], vec!["serve".to_owned()]);
    for flag in flags {
        let sentence = refused(&format!("--{flag}={}", u64::MAX));
        let (_, range) = sentence.split_once("write a whole number from ").expect(&sentence);
        let range = range.lines().next().unwrap();
        let (least, largest) = range.split_once(" to ").unwrap();
        let (least, largest): (u64, u64) =
            (least.parse().unwrap(), largest.trim().parse().unwrap());
        for wrong in [largest as i64 + 1, least as i64 - 1] {
            assert!(refused(&format!("--{flag}={wrong}")).contains(range), "{flag}={wrong}");
        }
        least_of_all.push(format!("--{flag}={least}"));
        largest_of_all.push(format!("--{flag}={largest}"));
    }
    for all in [least_of_all, largest_of_all] {
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let settings = load(arguments(&all), Path::new("")).unwrap().settings;
        assert!(settings.limits.mailbox_len > 0, "{all:?}");
    }
}

#[test]
fn the_demo_and_ones_own_log_are_two_files_unless_one_is_named() {
    let database = |list: &[&str]| {
        let loaded = load(arguments(list), Path::new("")).unwrap();
        loaded.settings.database_url.to_string()
    };
    assert_eq!(database(&[]), "sqlite:data/demo.db");
    assert_eq!(database(&["demo"]), "sqlite:data/demo.db");
    assert_eq!(database(&["serve"]), "sqlite:data/smartqueue.db");
    assert_eq!(database(&["demo", "--database-url=sqlite:x.db"]), "sqlite:x.db");
}

#[test]
fn small_mistakes_are_answered_with_what_to_write() {
    let said = |list: &[&str]| match load(arguments(list), Path::new("")) {
        Err(LoadError::Settings(sentence)) => sentence,
        other => panic!("one sentence, not {other:?}"),
    };
    assert!(said(&["serve", "--open-staff-api", "false"]).contains("--open-staff-api=false"));
    assert!(said(&["--open-staff-api", "false"]).contains("--open-staff-api=false"));
    assert!(said(&["serve", "--web-dir=/nonexistent"]).contains("/nonexistent is no folder"));
    let none = load(arguments(&["serve", "--allowed-origins="]), Path::new("")).unwrap();
    assert!(none.settings.allowed_origins.is_empty());
}
