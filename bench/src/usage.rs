//! Who used the processors during a measurement, and so what was saturated. Read from `/proc`; owns the judgement in
//! [`Usage::saturated`], and never a figure of the program itself.

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

/// From here on the processors count as saturated, as a share of all of them.
const MACHINE_SATURATED: f64 = 0.90;

/// From here on one thread counts as saturated, as a share of one processor.
const THREAD_SATURATED: f64 = 0.85;

/// So much of one processor used by others makes a row doubtful.
const NOISE: f64 = 0.25;

/// Under this name PostgreSQL is watched: it counts with its children, because each serves one connection.
pub(crate) const DATABASE: &str = "PostgreSQL";

/// A measurement that is under way.
pub(crate) struct Watch {
    processes: Vec<(&'static str, u32)>,
    began: Look,
}

/// What was used, in processors: 1.0 is one processor all the time.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Usage {
    /// How many processors there are.
    pub(crate) cores: f64,
    /// By each process that was watched.
    pub(crate) processes: BTreeMap<String, f64>,
    /// By each kind of thread of theirs, named `process/thread`; threads of one name are added up.
    pub(crate) threads: BTreeMap<String, f64>,
    /// The busiest single thread.
    pub(crate) hottest: (String, f64),
    /// By everything else on the machine, the kernel's own work included.
    pub(crate) rest: f64,
}

impl Watch {
    /// Begins to watch these processes, each under a name.
    pub(crate) fn begin(processes: &[(&'static str, u32)]) -> Result<Self> {
        let began = Look::now(processes)?;
        Ok(Self { processes: processes.to_vec(), began })
    }

    /// What was used since the beginning.
    pub(crate) fn end(&self) -> Result<Usage> {
        let now = Look::now(&self.processes)?;
        let per_second = rustix::param::clock_ticks_per_second() as f64;
        let seconds = (now.at - self.began.at).as_secs_f64().max(1e-3);
        let cores =
            |ticks: u64, before: u64| ticks.saturating_sub(before) as f64 / per_second / seconds;
        let mut usage = Usage { cores: processors(), ..Usage::default() };
        for (thread, ticks) in &now.threads {
            let used = cores(*ticks, self.began.threads.get(thread).copied().unwrap_or_default());
            let (process, _, name) = thread;
            let name = format!("{process}/{name}");
            if used > usage.hottest.1 {
                usage.hottest = (name.clone(), used);
            }
            *usage.threads.entry(name).or_default() += used;
        }
        let mut watched = 0.0;
        for (process, ticks) in &now.processes {
            let used =
                cores(*ticks, self.began.processes.get(process).copied().unwrap_or_default());
            watched += used;
            usage.processes.insert((*process).into(), used);
        }
        usage.rest = (cores(now.busy, self.began.busy) - watched).max(0.0);
        Ok(usage)
    }
}

impl Usage {
    /// What stood in the way of a better figure. `waits_for` is said where no processor was the reason.
    pub(crate) fn saturated(&self, waits_for: &str) -> String {
        let busy = self.rest + self.processes.values().sum::<f64>();
        if busy >= MACHINE_SATURATED * self.cores {
            return "all processors".into();
        }
        let (thread, used) = &self.hottest;
        if *used >= THREAD_SATURATED {
            return format!("one thread, {thread}");
        }
        waits_for.into()
    }

    /// `server 1.21, driver 0.44, rest 0.05`.
    pub(crate) fn shares(&self) -> String {
        let mut shares: Vec<String> =
            self.processes.iter().map(|(name, used)| format!("{name} {used:.2}")).collect();
        shares.push(format!("rest {:.2}", self.rest));
        shares.join(", ")
    }

    /// Whether other programs used so much that the figure may be better on a quiet machine.
    pub(crate) fn is_noisy(&self) -> bool {
        self.rest > NOISE
    }

    /// Processor time of one process for each of `rate` things a second, in microseconds.
    pub(crate) fn micros_each(&self, process: &str, rate: f64) -> f64 {
        self.processes.get(process).copied().unwrap_or_default() * 1e6 / rate
    }
}

/// Ticks used so far.
struct Look {
    at: Instant,
    busy: u64,
    processes: BTreeMap<&'static str, u64>,
    threads: BTreeMap<(&'static str, u32, String), u64>,
}

impl Look {
    fn now(watched: &[(&'static str, u32)]) -> Result<Self> {
        let (mut processes, mut threads) = (BTreeMap::new(), BTreeMap::new());
        for &(process, pid) in watched {
            let stat = Stat::read(&format!("/proc/{pid}/stat"))?;
            if process == DATABASE {
                let children = children(pid);
                // Those that have ended count at their parent.
                let ticks = stat.ticks + stat.ticks_of_ended_children;
                let of_children: u64 = children.iter().map(|(_, child)| child.ticks).sum();
                processes.insert(process, ticks + of_children);
                let child = |(id, stat): (u32, Stat)| ((process, id, stat.name), stat.ticks);
                threads.extend(children.into_iter().map(child));
                continue;
            }
            processes.insert(process, stat.ticks);
            for task in fs::read_dir(format!("/proc/{pid}/task")).context("list threads")?.flatten()
            {
                let id = task.file_name().to_string_lossy().parse().unwrap_or_default();
                // A thread may have ended since it was listed.
                if let Ok(stat) = Stat::read(&format!("/proc/{pid}/task/{id}/stat")) {
                    threads.insert((process, id, stat.name), stat.ticks);
                }
            }
        }
        Ok(Self { at: Instant::now(), busy: busy_ticks()?, processes, threads })
    }
}

/// The ticks in which some processor did something; what the host took from us counts too.
fn busy_ticks() -> Result<u64> {
    let text = fs::read_to_string("/proc/stat").context("read /proc/stat")?;
    let ticks: Vec<u64> = text
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(1)
        .take(8)
        .filter_map(|number| number.parse().ok())
        .collect();
    const IDLE: usize = 3;
    const IOWAIT: usize = 4;
    let idle = [IDLE, IOWAIT].iter().filter_map(|at| ticks.get(*at)).sum::<u64>();
    Ok(ticks.iter().sum::<u64>() - idle)
}

/// What the system says of a process or a thread.
struct Stat {
    name: String,
    parent: u32,
    ticks: u64,
    ticks_of_ended_children: u64,
}

impl Stat {
    fn read(path: &str) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("read {path}"))?;
        let (head, tail) = text.rsplit_once(')').with_context(|| format!("{path} is odd"))?;
        let name = head.split_once('(').map_or("", |(_, name)| name).into();
        let fields: Vec<&str> = tail.split_whitespace().collect();
        // The name was the second field of the line, the one after it the third.
        let number = |field: usize| -> u64 {
            fields.get(field - 3).and_then(|text| text.parse().ok()).unwrap_or_default()
        };
        Ok(Self {
            name,
            parent: u32::try_from(number(4)).unwrap_or_default(),
            ticks: number(14) + number(15),
            ticks_of_ended_children: number(16) + number(17),
        })
    }
}

fn children(parent: u32) -> Vec<(u32, Stat)> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let child = |id: u32| {
        // It may have ended since it was listed.
        let stat = Stat::read(&format!("/proc/{id}/stat")).ok()?;
        (stat.parent == parent).then_some((id, stat))
    };
    processes.filter_map(|entry| child(entry.file_name().to_str()?.parse().ok()?)).collect()
}

/// How many processors there are.
pub(crate) fn processors() -> f64 {
    std::thread::available_parallelism().map_or(1.0, |count| count.get() as f64)
}

/// A figure of `/proc/PID/status` in bytes, such as `VmRSS`.
pub(crate) fn status_bytes(pid: u32, field: &str) -> Result<u64> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).with_context(|| format!("read {path}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    Ok(kilobytes.with_context(|| format!("{path} has no {field}"))? * 1024)
}

/// Memory that the kernel holds for TCP buffers of the whole machine, in bytes.
pub(crate) fn tcp_buffer_bytes() -> u64 {
    let text = fs::read_to_string("/proc/net/sockstat").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("TCP:")).unwrap_or_default();
    let pages = line.split_once("mem ").and_then(|(_, pages)| pages.trim().parse::<u64>().ok());
    pages.unwrap_or_default() * rustix::param::page_size() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_works_is_seen_working() {
        let watch = Watch::begin(&[("driver", std::process::id())]).unwrap();
        let began = Instant::now();
        while began.elapsed().as_millis() < 200 {}
        let usage = watch.end().unwrap();
        assert!(usage.processes["driver"] > 0.0);
        assert!(usage.hottest.1 > 0.0);
        assert!(status_bytes(std::process::id(), "VmRSS").unwrap() > 0);
    }
}
