//! Requests and answers as bytes. Reads only what the driver needs: status and length; it is no HTTP library.

use std::io::Write as _;

/// A request with a JSON body.
pub(crate) struct Request<'a> {
    pub(crate) method: &'static str,
    pub(crate) path: &'a str,
    /// The idempotency key.
    pub(crate) key: Option<&'a str>,
    pub(crate) body: &'a str,
}

impl Request<'_> {
    /// Adds the request to what is to be sent.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let Self { method, path, key, body } = self;
        // Writing to memory does not fail.
        let _ = write!(out, "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n");
        if let Some(key) = key {
            let _ = write!(out, "idempotency-key: {key}\r\n");
        }
        if !body.is_empty() {
            let _ = write!(out, "content-type: application/json\r\n");
        }
        let _ = write!(out, "content-length: {}\r\n\r\n{body}", body.len());
    }
}

/// Asks for the upgrade of a fresh connection to a WebSocket.
pub(crate) fn upgrade(path: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: c21hcnRxdWV1ZSBiZW5jaA==\r\n\r\n"
    )
    .into_bytes()
}

/// A whole answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

impl<'a> Answer<'a> {
    /// The answer at the beginning of `bytes` and its length, once it is there as a whole.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<(Self, usize)> {
        let head_len = find(bytes, b"\r\n\r\n")? + 4;
        let head = &bytes[..head_len];
        let status = std::str::from_utf8(head.get(9..12)?).ok()?.parse().ok()?;
        let body_len = content_length(head).unwrap_or_default();
        let body = bytes.get(head_len..head_len + body_len)?;
        Some((Self { status, body }, head_len + body_len))
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Status and body, for a message.
    pub(crate) fn text(&self) -> String {
        format!("{} {}", self.status, String::from_utf8_lossy(self.body))
    }
}

fn content_length(head: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length:";
    let line = head
        .split(|byte| *byte == b'\n')
        .find(|line| line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME)))?;
    std::str::from_utf8(&line[NAME.len()..]).ok()?.trim().parse().ok()
}

/// Where `needle` begins.
pub(crate) fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

/// The number after the first `"name":`.
pub(crate) fn number(json: &[u8], name: &str) -> Option<u64> {
    let rest = after(json, name)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()
}

/// The text after the first `"name":`, which must hold no escape.
pub(crate) fn text<'a>(json: &'a [u8], name: &str) -> Option<&'a str> {
    let rest = after(json, name)?.strip_prefix(b"\"")?;
    let len = rest.iter().position(|byte| *byte == b'"')?;
    std::str::from_utf8(&rest[..len]).ok()
}

fn after<'a>(json: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let label = format!("\"{name}\":");
    Some(&json[find(json, label.as_bytes())? + label.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_once_it_is_whole() {
        let bytes =
            b"HTTP/1.1 201 Created\r\nContent-Length: 19\r\n\r\n{\"log_position\":12}HTTP/1.1";
        for cut in 0..63 {
            assert!(Answer::read(&bytes[..cut]).is_none(), "{cut}");
        }
        let (answer, len) = Answer::read(bytes).unwrap();
        assert_eq!((answer.status, len), (201, 63));
        assert_eq!(number(answer.body, "log_position"), Some(12));
        assert_eq!(text(br#"{"epoch":"abc"}"#, "epoch"), Some("abc"));
    }
}
