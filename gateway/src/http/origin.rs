//! Which web pages may watch: those from here, and those of the allowed origins. What is no browser sends no
//! origin and passes; the check protects visitors from other people's pages, not the data.

use http::HeaderMap;
use http::header::{HOST, ORIGIN};

use super::Problem;

/// Lets a request pass whose page comes from the host that it asks, or from an allowed origin.
pub(crate) fn check_origin(headers: &HeaderMap, allowed: &[String]) -> Result<(), Problem> {
    let Some(origin) = headers.get(ORIGIN) else {
        return Ok(());
    };
    let origin = origin.to_str().unwrap_or_default();
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let same_host = match (origin.split_once("://"), host) {
        (Some((scheme, from)), Some(host)) => {
            without_port(from, scheme).eq_ignore_ascii_case(without_port(host, scheme))
        }
        _ => false,
    };
    if same_host || allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin)) {
        Ok(())
    } else {
        Err(Problem::foreign_origin(&origin.chars().take(100).collect::<String>()))
    }
}

/// The host without the port that its scheme implies.
fn without_port<'a>(host: &'a str, scheme: &str) -> &'a str {
    let port = if scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
    host.strip_suffix(port).unwrap_or(host)
}
