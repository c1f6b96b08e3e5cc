//! WebSocket frames as a server sends them (unmasked), and the one frame that a reader must send: the pong.

const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;

/// What came.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Frame<'a> {
    Text(&'a [u8]),
    Ping(&'a [u8]),
    /// With the code, where one was given.
    Close(Option<u16>),
    Other,
}

/// The frame at the beginning of `bytes` and its length, once it is there as a whole.
pub(crate) fn read(bytes: &[u8]) -> Option<(Frame<'_>, usize)> {
    let (&[kind, short], _) = bytes.split_first_chunk::<2>()?;
    let (head_len, len): (usize, usize) = match short & 0x7f {
        126 => (4, usize::from(u16::from_be_bytes(*bytes.get(2..)?.first_chunk()?))),
        127 => (10, usize::try_from(u64::from_be_bytes(*bytes.get(2..)?.first_chunk()?)).ok()?),
        len => (2, usize::from(len)),
    };
    let payload = bytes.get(head_len..head_len.checked_add(len)?)?;
    let frame = match kind & 0x0f {
        TEXT => Frame::Text(payload),
        PING => Frame::Ping(payload),
        CLOSE => Frame::Close(payload.first_chunk().map(|code| u16::from_be_bytes(*code))),
        _ => Frame::Other,
    };
    Some((frame, head_len + len))
}

/// A text frame as a server sends it.
pub(crate) fn text(payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![FINAL | TEXT];
    match u16::try_from(payload.len()) {
        Ok(len @ 0..126) => frame.push(len as u8),
        Ok(len) => {
            frame.push(126);
            frame.extend(len.to_be_bytes());
        }
        Err(_) => {
            frame.push(127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

/// The answer to a ping. The mask is nought, which is a mask.
pub(crate) fn pong(payload: &[u8]) -> Vec<u8> {
    const PONG: u8 = 0xa;
    let payload = &payload[..payload.len().min(125)];
    let mut frame = vec![FINAL | PONG, MASKED | payload.len() as u8, 0, 0, 0, 0];
    frame.extend_from_slice(payload);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_once_they_are_whole() {
        for len in [0, 125, 126, 70_000] {
            let payload = vec![b'x'; len];
            let bytes = text(&payload);
            assert_eq!(read(&bytes[..bytes.len() - 1]), None);
            assert_eq!(read(&bytes), Some((Frame::Text(&payload), bytes.len())));
        }
        assert_eq!(read(&[0x88, 2, 0x0f, 0xa1]), Some((Frame::Close(Some(4001)), 4)));
        assert_eq!(read(&[0x89, 0]), Some((Frame::Ping(b""), 2)));
    }
}
