//! The least that a broadcast can cost on this machine: two threads that write the same bytes to half of the sockets
//! each, told by a few bytes on one more connection. Owns no protocol and no rule; nothing can do less.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Child;
use std::sync::Arc;
use std::sync::mpsc;

use anyhow::{Context as _, Result, bail};

/// What the control connection says: wait for so many sockets, or send so many bytes, which follow, to all.
const AWAIT: u8 = b'a';
const SEND: u8 = b's';

/// The child, seen from the driver.
pub(crate) struct Ceiling {
    child: Child,
    address: SocketAddr,
    control: TcpStream,
}

impl Ceiling {
    /// Starts it.
    pub(crate) fn start() -> Result<Self> {
        let mut child = super::command("ceiling")?.spawn().context("start the ceiling")?;
        let mut line = String::new();
        let output = child.stdout.take().context("the ceiling says nothing")?;
        BufReader::new(output).read_line(&mut line).context("hear the ceiling")?;
        let port = line.trim().parse().context("hear the port of the ceiling")?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let control = TcpStream::connect(address).context("connect to the ceiling")?;
        control.set_nodelay(true).context("set TCP_NODELAY")?;
        Ok(Self { child, address, control })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it has accepted so many sockets.
    pub(crate) fn await_sockets(&mut self, count: usize) -> Result<()> {
        self.say(AWAIT, count, &[])?;
        self.control.read_exact(&mut [0]).context("hear the ceiling")
    }

    /// Has these bytes written to all sockets.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.say(SEND, bytes.len(), bytes)
    }

    fn say(&mut self, word: u8, number: usize, bytes: &[u8]) -> Result<()> {
        let mut message = vec![word];
        message.extend((number as u64).to_be_bytes());
        message.extend_from_slice(bytes);
        self.control.write_all(&message).context("tell the ceiling")
    }
}

impl Drop for Ceiling {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sockets and what to write to them.
type Round = (Arc<Vec<TcpStream>>, Arc<[u8]>);

/// The child itself: serves until the control connection ends.
pub(crate) fn run() -> Result<()> {
    crate::plan::raise_open_files();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("find a free port")?;
    let port = listener.local_addr().context("find a free port")?.port();
    writeln!(std::io::stdout().lock(), "{port}").context("say the port")?;
    let (mut control, _) = listener.accept().context("wait for the driver")?;
    control.set_nodelay(true).context("set TCP_NODELAY")?;
    let (rounds, helped) = mpsc::sync_channel::<Round>(1);
    std::thread::Builder::new()
        .name("second".into())
        .spawn(move || {
            for (sockets, bytes) in helped {
                write_all(&sockets[sockets.len() / 2..], &bytes);
            }
        })
        .context("start a thread")?;
    let mut sockets = Arc::new(Vec::new());
    let mut head = [0; 9];
    while control.read_exact(&mut head).is_ok() {
        let [word, number @ ..] = head;
        let number = usize::try_from(u64::from_be_bytes(number)).context("hear the driver")?;
        match word {
            AWAIT => {
                accept(&listener, &mut sockets, number)?;
                control.write_all(b"!").context("tell the driver")?;
            }
            SEND => {
                let mut bytes = vec![0; number];
                control.read_exact(&mut bytes).context("hear the driver")?;
                let bytes: Arc<[u8]> = bytes.into();
                let half = sockets.len() / 2;
                if half > 0 {
                    rounds.send((sockets.clone(), bytes.clone())).context("tell the thread")?;
                    write_all(&sockets[..half], &bytes);
                } else {
                    write_all(&sockets, &bytes);
                }
            }
            other => bail!("the driver said {other}"),
        }
    }
    Ok(())
}

fn accept(listener: &TcpListener, sockets: &mut Arc<Vec<TcpStream>>, count: usize) -> Result<()> {
    // The second thread lets go of the list after each round.
    while Arc::strong_count(sockets) > 1 {
        std::thread::yield_now();
    }
    let sockets = Arc::get_mut(sockets).context("the sockets are in use")?;
    while sockets.len() < count {
        let (socket, _) = listener.accept().context("accept a socket")?;
        socket.set_nodelay(true).context("set TCP_NODELAY")?;
        sockets.push(socket);
    }
    Ok(())
}

fn write_all(sockets: &[TcpStream], bytes: &[u8]) {
    for mut socket in sockets {
        // A reader that is gone is missed by the driver.
        let _ = socket.write_all(bytes);
    }
}
