//! The kinds of value that settings have, and how each is read from text.
//!
//! Owns their syntax and the sentence said when it is not met. Never prints a password.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

/// Where the log is kept. Shown without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The whole URL, password included; only for opening the database.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let known = ["sqlite:", "postgres://", "postgresql://"];
        if known.iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme)) {
            return Ok(Self(text.to_owned()));
        }
        Err("write sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME".to_owned())
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = without_query_password(&self.0);
        let Some((scheme, rest)) = url.split_once("://") else { return f.write_str(&url) };
        // The last @ ends the credentials: an unescaped @ in a password must not show the rest of it.
        let Some((credentials, place)) = rest.rsplit_once('@') else { return f.write_str(&url) };
        match credentials.split_once(':') {
            Some((user, _)) => write!(f, "{scheme}://{user}:***@{place}"),
            None => f.write_str(&url),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn without_query_password(url: &str) -> String {
    let Some((base, query)) = url.split_once('?') else { return url.to_owned() };
    let shown = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if name.to_ascii_lowercase().contains("password") => format!("{name}=***"),
        Some(_) | None => pair.to_owned(),
    });
    format!("{base}?{}", shown.collect::<Vec<_>>().join("&"))
}

/// The origin of a web page, in the form a browser sends it: lower case, no path, no default port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// As a browser writes it in the `Origin` header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Host and port, as a browser writes them in the `Host` header.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.0.split_once("://").map_or(self.0.as_str(), |(_, authority)| authority)
    }
}

impl FromStr for Origin {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let sentence =
            || "write an origin such as https://queue.example.org, without a path".to_owned();
        let lower = text.trim().trim_end_matches('/').to_ascii_lowercase();
        let (scheme, authority) = lower.split_once("://").ok_or_else(sentence)?;
        let default_port = match scheme {
            "http" => ":80",
            "https" => ":443",
            _ => return Err(sentence()),
        };
        let authority = authority.strip_suffix(default_port).unwrap_or(authority);
        let plain =
            authority.parse::<http::uri::Authority>().is_ok_and(|a| !a.as_str().contains('@'));
        if !plain {
            return Err(sentence());
        }
        Ok(Self(format!("{scheme}://{authority}")))
    }
}

/// An origin of a list; an empty text is the list without any, and is taken out when it is read.
pub(super) fn origin(text: &str) -> Result<Origin, String> {
    if text.trim().is_empty() { Ok(Origin(String::new())) } else { text.parse() }
}

/// The shape of the log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for programs.
    Json,
}

pub(super) fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "write an IP address and a port, such as 0.0.0.0:8000".to_owned())
}

pub(super) fn log_filter(text: &str) -> Result<String, String> {
    match tracing_subscriber::EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("{error}; write directives such as info or info,server=debug")),
    }
}

/// A whole number from `min` to `max`. Every number has a largest one that the program can live with: beyond it,
/// sums of times overflow and memory ends.
pub(super) fn number<T: TryFrom<u64>>(
    min: u64,
    max: u64,
) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| {
        let number = text.trim().parse().ok().filter(|number| (min..=max).contains(number));
        let number = number.and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| format!("write a whole number from {min} to {max}"))
    }
}
