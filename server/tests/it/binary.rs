//! The binary as an administrator meets it: settings, sentences, exit codes.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn smartqueue(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smartqueue"));
    // Variables of whoever runs the tests must not decide them.
    command.env_clear().current_dir(folder);
    command
}

fn said(output: &Output) -> String {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8(text).unwrap()
}

/// What `smartqueue config` says about one setting.
fn shown(command: &mut Command, key: &str) -> (String, String) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find(|line| line.starts_with(key)).expect("the setting is shown");
    let (value, source) = line.split_once("  # ").unwrap();
    (value.split_once(" = ").unwrap().1.trim().to_owned(), source.to_owned())
}

#[test]
fn a_flag_goes_before_a_variable_before_the_file_before_the_default() {
    let folder = tempfile::tempdir().unwrap();
    let shown = |command: &mut Command| shown(command, "mailbox_len");
    assert_eq!(shown(smartqueue(folder.path()).arg("config")), ("1024".into(), "default".into()));

    std::fs::write(folder.path().join("smartqueue.toml"), "[limits]\nmailbox_len = 10\n").unwrap();
    let from_file = shown(smartqueue(folder.path()).arg("config"));
    assert_eq!(from_file, ("10".into(), "file smartqueue.toml".into()));

    let name = "SMARTQUEUE_MAILBOX_LEN";
    let from_variable = shown(smartqueue(folder.path()).arg("config").env(name, "20"));
    assert_eq!(from_variable, ("20".into(), format!("environment {name}")));

    for arguments in [["config", "--mailbox-len=30"], ["--mailbox-len=30", "config"]] {
        let from_flag = shown(smartqueue(folder.path()).args(arguments).env(name, "20"));
        assert_eq!(from_flag, ("30".into(), "flag --mailbox-len".into()));
    }
}

#[test]
fn what_config_shows_is_a_settings_file() {
    let folder = tempfile::tempdir().unwrap();
    let arguments =
        ["config", "--allowed-origins=https://a.example,https://b.example", "--open-staff-api"];
    let first = smartqueue(folder.path()).args(arguments).output().unwrap();
    std::fs::write(folder.path().join("smartqueue.toml"), &first.stdout).unwrap();
    let second = smartqueue(folder.path()).arg("config").output().unwrap();
    let values = |output: &Output| -> Vec<String> {
        let text = said(output);
        text.lines().map(|line| line.split("  # ").next().unwrap().trim().to_owned()).collect()
    };
    assert_eq!(values(&first), values(&second));
}

#[test]
fn a_password_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let url = "postgres://queue:hush@db.example/queue";
    let output =
        smartqueue(folder.path()).args(["config", "--database-url", url]).output().unwrap();
    assert!(!said(&output).contains("hush"), "{}", said(&output));
    assert!(said(&output).contains("postgres://queue:***@db.example/queue"));
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("other.toml"), "[limits]\nmailbox_length = 10\n").unwrap();
    let output =
        smartqueue(folder.path()).args(["config", "--config", "other.toml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let sentence = "smartqueue: the settings file other.toml is refused: there is no setting \
        \"limits.mailbox_length\"; the nearest is \"limits.mailbox_len\"\n";
    assert_eq!(said(&output), sentence);
}

#[test]
fn a_bad_value_in_the_file_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("smartqueue.toml"), "listen = \"8000\"\n").unwrap();
    let output = smartqueue(folder.path()).arg("config").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("smartqueue.toml is refused"), "{}", said(&output));
    assert!(said(&output).contains("such as 0.0.0.0:8000"), "{}", said(&output));
}

#[test]
fn the_sample_of_the_environment_is_the_list_of_settings() {
    let folder = tempfile::tempdir().unwrap();
    let output = smartqueue(folder.path()).args(["config", "--sample"]).output().unwrap();
    let kept = include_str!("../../../.env.sample");
    assert_eq!(kept, said(&output), "write it anew: cargo run -- config --sample > .env.sample");
}

#[test]
fn a_taken_port_is_one_sentence_that_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap().to_string();
    let arguments = ["serve", "--listen", &address, "--log-filter", "off"];
    let output = smartqueue(folder.path()).args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = said(&output);
    assert!(text.starts_with(&format!(
        "smartqueue: port {} is already taken",
        holder.local_addr().unwrap().port()
    )));
    assert!(text.contains("--listen") && text.lines().count() == 1, "{text}");
}

/// A server that runs until the test ends, whatever its outcome.
struct Running {
    process: Child,
    port: u16,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut link = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut link).unwrap();
        let port = link.trim().trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
        Self { process, port }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = smartqueue(folder.path());
    command.args(["serve", "--listen", "127.0.0.1:0"]);
    let mut running = Running::start(command);
    let pid = rustix::process::Pid::from_child(&running.process);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(running.process.wait().unwrap().success());
}

#[cfg(unix)]
#[test]
fn it_outlives_a_lack_of_descriptors() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("/bin/sh");
    let script = "ulimit -n 40 && exec \"$0\" serve --listen 127.0.0.1:0";
    command.args(["-c", script, env!("CARGO_BIN_EXE_smartqueue")]).current_dir(folder.path());
    let running = Running::start(command);
    // More than can be accepted; the kernel keeps the rest in its queue.
    let many: Vec<TcpStream> = (0..80).map(|_| running.connect()).collect();
    drop(many);
    let mut client = running.connect();
    client
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
