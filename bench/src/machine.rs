//! The machine that a report is about, because figures move from machine to machine. Owns the description only.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::usage::processors;

/// What a reader must know to compare.
#[derive(Serialize)]
pub(crate) struct Machine {
    processors: f64,
    processor_model: String,
    memory_gib: f64,
    kernel: String,
    /// Of the folder where the logs were written.
    file_system: String,
}

impl Machine {
    /// This machine, with `folder` on its disk.
    pub(crate) fn here(folder: &Path) -> Self {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpuinfo.lines().find(|line| line.starts_with("model name"));
        let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let kilobytes = meminfo.lines().find_map(|line| {
            line.strip_prefix("MemTotal:")?.split_whitespace().next()?.parse::<f64>().ok()
        });
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            processors: processors(),
            processor_model: model
                .and_then(|line| line.split_once(':'))
                .map_or("unknown", |(_, model)| model.trim())
                .into(),
            memory_gib: (kilobytes.unwrap_or_default() / 1024.0 / 1024.0).round(),
            kernel: kernel.trim().into(),
            file_system: file_system(folder),
        }
    }

    /// One line for the head of the table.
    pub(crate) fn sentence(&self) -> String {
        format!(
            "{} processors ({}), {} GiB, Linux {}, logs on {}",
            self.processors, self.processor_model, self.memory_gib, self.kernel, self.file_system
        )
    }

    /// Whether a flush of the folder reaches no disk.
    pub(crate) fn is_memory_only(&self) -> bool {
        ["tmpfs", "ramfs"].contains(&self.file_system.as_str())
    }
}

/// The type of the file system whose mount point is the longest beginning of the path.
fn file_system(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        Some((words.next()?, words.next()?))
    });
    mounts
        .filter(|(point, _)| folder.starts_with(point))
        .max_by_key(|(point, _)| point.len())
        .map_or("unknown", |(_, kind)| kind)
        .into()
}
