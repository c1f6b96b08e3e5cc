//! Thousands of sockets in one thread: readers of a display, plain TCP readers for the ceiling, and the one HTTP
//! connection that causes what they read. Owns the connections; what a message means is the caller's business.
//!
//! A reader costs its descriptor and a few dozen bytes, and one system call for each frame.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::frames::{self, Frame};
use super::http::{Answer, find, upgrade};

/// Longest silence while something is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// What one read takes at most.
const PART_BYTES: usize = 64 * 1024;

/// Upgrades that are under way at once, so that the server is busy and its backlog is not full.
const UPGRADES_AT_ONCE: usize = 64;

/// The sockets, each named by its index.
pub(crate) struct Sockets {
    poll: Poll,
    events: Events,
    all: Vec<Socket>,
    part: Box<[u8]>,
}

struct Socket {
    /// None once it is closed.
    stream: Option<TcpStream>,
    phase: Phase,
    /// The beginning of what is not there as a whole yet.
    rest: Vec<u8>,
}

/// What is read from a socket next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// The answer to the upgrade.
    Upgrading,
    Frames,
    Answers,
}

/// Something that came.
#[derive(Debug)]
pub(crate) enum Seen<'a> {
    Text(&'a [u8]),
    Answer(Answer<'a>),
    /// The other end closed, with the code that it gave, or the status by which it refused the upgrade.
    Closed(Option<u16>),
}

impl Sockets {
    pub(crate) fn new() -> Result<Self> {
        let poll = Poll::new().context("make a poll")?;
        let part = vec![0; PART_BYTES].into_boxed_slice();
        Ok(Self { poll, events: Events::with_capacity(1024), all: Vec::new(), part })
    }

    /// Connects a reader and asks for the path; the answer comes with the next turns.
    pub(crate) fn open_reader(&mut self, address: SocketAddr, path: &str) -> Result<usize> {
        let at = self.add(address, Phase::Upgrading)?;
        self.send(at, &upgrade(path))?;
        Ok(at)
    }

    /// Connects a reader of frames that needs no upgrade.
    pub(crate) fn open_plain(&mut self, address: SocketAddr) -> Result<usize> {
        self.add(address, Phase::Frames)
    }

    /// Connects a client of HTTP.
    pub(crate) fn open_caller(&mut self, address: SocketAddr) -> Result<usize> {
        self.add(address, Phase::Answers)
    }

    /// Opens so many readers and waits until each has its first message. Says how long it took.
    pub(crate) fn open_readers(
        &mut self,
        count: usize,
        address: SocketAddr,
        path: &str,
    ) -> Result<Duration> {
        let began = Instant::now();
        let (mut opened, mut greeted) = (0, 0);
        while greeted < count {
            while opened < count && opened - greeted < UPGRADES_AT_ONCE {
                self.open_reader(address, path)?;
                opened += 1;
            }
            self.turn_or_fail(&mut |_, seen| {
                greeted += usize::from(matches!(seen, Seen::Text(_)))
            })?;
        }
        Ok(began.elapsed())
    }

    /// Sends bytes that fit the socket's buffer.
    pub(crate) fn send(&mut self, at: usize, bytes: &[u8]) -> Result<()> {
        let socket = self.all.get_mut(at).and_then(|socket| socket.stream.as_mut());
        socket.context("the socket is closed")?.write_all(bytes).context("write to a socket")
    }

    /// Cuts a socket off without a word.
    pub(crate) fn cut(&mut self, at: usize) {
        if let Some(socket) = self.all.get_mut(at) {
            socket.stream = None;
            socket.rest = Vec::new();
        }
    }

    /// As [`Sockets::turn`], but an end of a socket or a long silence is an error.
    pub(crate) fn turn_or_fail(&mut self, see: &mut dyn FnMut(usize, Seen<'_>)) -> Result<()> {
        let mut closed = None;
        let anything = self.turn(PATIENCE, &mut |at, seen| {
            if let Seen::Closed(code) = seen {
                closed = Some(code);
            }
            see(at, seen);
        })?;
        match closed {
            Some(Some(code)) => bail!("the server closed a socket with code {code}"),
            Some(None) => bail!("the server closed a socket"),
            None if anything => Ok(()),
            None => bail!("nothing came for {} s", PATIENCE.as_secs()),
        }
    }

    /// Waits until something comes, at most so long, and shows all of it. Whether there was anything.
    pub(crate) fn turn(
        &mut self,
        wait: Duration,
        see: &mut dyn FnMut(usize, Seen<'_>),
    ) -> Result<bool> {
        let Self { poll, events, all, part } = self;
        match poll.poll(events, Some(wait)) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(true),
            Err(error) => return Err(error).context("wait for sockets"),
        }
        for event in events.iter() {
            let at = event.token().0;
            if let Some(socket) = all.get_mut(at) {
                socket.receive(part, &mut |seen| see(at, seen));
            }
        }
        Ok(!events.is_empty())
    }

    /// Serves the sockets for so long.
    pub(crate) fn idle(&mut self, time: Duration) -> Result<()> {
        let until = Instant::now() + time;
        let mut closed = 0;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            self.turn(left, &mut |_, seen| closed += usize::from(matches!(seen, Seen::Closed(_))))?;
        }
        if closed > 0 {
            bail!("the server closed {closed} sockets that did nothing")
        } else {
            Ok(())
        }
    }

    fn add(&mut self, address: SocketAddr, phase: Phase) -> Result<usize> {
        // On this machine a connection stands at once, before anyone accepts it.
        let stream = std::net::TcpStream::connect(address)
            .with_context(|| format!("connect socket {} to {address}", self.all.len() + 1))?;
        stream.set_nodelay(true).context("set TCP_NODELAY")?;
        stream.set_nonblocking(true).context("make a socket non-blocking")?;
        let mut stream = TcpStream::from_std(stream);
        let at = self.all.len();
        self.poll
            .registry()
            .register(&mut stream, Token(at), Interest::READABLE)
            .context("register a socket")?;
        self.all.push(Socket { stream: Some(stream), phase, rest: Vec::new() });
        Ok(at)
    }
}

impl Socket {
    fn receive(&mut self, part: &mut [u8], see: &mut dyn FnMut(Seen<'_>)) {
        while let Some(stream) = &mut self.stream {
            match stream.read(part) {
                Ok(0) => self.end(None, see),
                Ok(len) => {
                    self.take(&part[..len], see);
                    // A short read has emptied the socket.
                    if len < part.len() {
                        return;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => self.end(None, see),
            }
        }
    }

    fn end(&mut self, code: Option<u16>, see: &mut dyn FnMut(Seen<'_>)) {
        if self.stream.take().is_some() {
            see(Seen::Closed(code));
        }
    }

    /// Takes in bytes; as a rule they are whole messages and need no copy.
    fn take(&mut self, bytes: &[u8], see: &mut dyn FnMut(Seen<'_>)) {
        if self.rest.is_empty() {
            let used = self.read(bytes, see);
            self.rest.extend_from_slice(&bytes[used..]);
        } else {
            let mut rest = std::mem::take(&mut self.rest);
            rest.extend_from_slice(bytes);
            let used = self.read(&rest, see);
            self.rest = rest.split_off(used);
        }
    }

    /// Reads all whole messages, and says how many bytes they were.
    fn read(&mut self, bytes: &[u8], see: &mut dyn FnMut(Seen<'_>)) -> usize {
        let mut used = 0;
        while let Some(len) = self.read_one(&bytes[used..], see) {
            used += len;
        }
        used
    }

    fn read_one(&mut self, bytes: &[u8], see: &mut dyn FnMut(Seen<'_>)) -> Option<usize> {
        self.stream.as_ref()?;
        match self.phase {
            Phase::Upgrading => {
                let len = find(bytes, b"\r\n\r\n")? + 4;
                let status =
                    bytes.get(9..12).and_then(|text| std::str::from_utf8(text).ok()?.parse().ok());
                if status == Some(101) {
                    self.phase = Phase::Frames;
                } else {
                    self.end(status, see);
                }
                Some(len)
            }
            Phase::Answers => {
                let (answer, len) = Answer::read(bytes)?;
                see(Seen::Answer(answer));
                Some(len)
            }
            Phase::Frames => {
                let (frame, len) = frames::read(bytes)?;
                match frame {
                    Frame::Text(text) => see(Seen::Text(text)),
                    Frame::Ping(payload) => {
                        let pong = frames::pong(payload);
                        // A socket that takes no pong is closed by the server before long.
                        let _ = self.stream.as_mut()?.write_all(&pong);
                    }
                    Frame::Close(code) => self.end(code, see),
                    Frame::Other => {}
                }
                Some(len)
            }
        }
    }
}
