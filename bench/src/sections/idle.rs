//! (c) What an idle screen costs the server in memory. The kernel's part is said apart: it is not the program's.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::clinic;
use crate::plan::{Run, open_files_max, progress};
use crate::report::{Limit, Row, Section};
use crate::sections::screens::Screens;
use crate::usage::{Watch, status_bytes, tcp_buffer_bytes};

const COLUMNS: &[&str] = &["KiB per socket", "resident MiB", "heap MiB", "connects/s"];

/// The tenant.
const SLUG: &str = "clinic";

const KIB: f64 = 1024.0;
const MIB: f64 = 1024.0 * 1024.0;

/// Descriptors of the driver that are not screens.
const OTHER_FILES: usize = 100;

/// Measures.
pub(crate) fn measure(run: &Run) -> Result<Section> {
    let began = Instant::now();
    let count = run.or_quick(10_000, 1_000);
    ensure!(
        open_files_max() >= count + OTHER_FILES,
        "{count} sockets need as many open files: raise `ulimit -n`"
    );
    progress(&format!("(c) {count} idle sockets"));
    // Heartbeats come often, so that some pass while we wait.
    let server = run.fresh_server(&["--heartbeat-seconds", "4"])?;
    let mut screens = Screens::new(&server, SLUG, 20)?;
    screens.warm_up()?;
    let resident = || Memory::of(server.pid());
    let (empty, kernel) = (resident()?, tcp_buffer_bytes());
    let watch = Watch::begin(&server.watched())?;
    let connecting = screens.open_more(count, &clinic::display_path(SLUG))?;
    let connected = watch.end()?;

    screens.sockets.idle(Duration::from_millis(300))?;
    let fresh = resident()?;
    let watch = Watch::begin(&server.watched())?;
    screens.sockets.idle(Duration::from_secs(run.or_quick(9, 5)))?;
    let (beaten, idling) = (resident()?, watch.end()?);
    let kernel = tcp_buffer_bytes().saturating_sub(kernel);
    screens.warm_up()?;
    let called = resident()?;

    let name = |what| format!("{count} sockets{what}");
    let rate = count as f64 / connecting.as_secs_f64();
    let mut greeted = fresh.row(name(", greeted"), &empty, count);
    greeted.figures[3] = Some(rate);
    let each = |memory: &Memory| (memory.resident - empty.resident) / count as f64 / KIB;
    let rows = vec![
        Row::new("no socket", vec![None, Some(empty.resident / MIB), Some(empty.heap / MIB)]),
        greeted.used(connected, "connecting, 64 under way"),
        beaten
            .row(name(", idle, after heartbeats"), &empty, count)
            .used(idling, "nothing")
            .held_to(Limit::at_most(6.0, "KiB", each(&beaten)))
            .held_to(Limit::at_most(4.0, "KiB", each(&beaten)).aimed_at()),
        called.row(name(", after calls"), &empty, count),
    ];
    let notes = vec![
        "resident: VmRSS of the server, so what its allocator keeps counts; heap: RssAnon; heartbeats every 4 s instead of 25 s, two of them passed".into(),
        format!(
            "the kernel's buffers, apart: {:.2} KiB for each connection (both ends); its socket structures (some 3 KiB an end) are not in this figure",
            kernel as f64 / count as f64 / KIB
        ),
    ];
    let title = "memory of idle sockets";
    Ok(Section { id: "c", title, columns: COLUMNS, rows, notes, took: began.elapsed() })
}

/// What a process holds, in bytes.
struct Memory {
    resident: f64,
    heap: f64,
}

impl Memory {
    fn of(pid: u32) -> Result<Self> {
        let bytes = |field| status_bytes(pid, field).map(|bytes| bytes as f64);
        Ok(Self { resident: bytes("VmRSS")?, heap: bytes("RssAnon")? })
    }

    fn row(&self, name: String, empty: &Self, count: usize) -> Row {
        let each = (self.resident - empty.resident) / count as f64 / KIB;
        let figures = vec![Some(each), Some(self.resident / MIB), Some(self.heap / MIB), None];
        Row::new(name, figures)
    }
}
