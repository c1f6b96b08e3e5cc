//! Durations counted in fixed buckets, so that a median can be read without keeping every value.

use serde::Serialize;

/// The upper bounds of the buckets, in seconds, each included; what is longer falls into one more.
const BOUNDS_SECONDS: [u32; 23] = [
    30, 60, 90, 120, 180, 240, 300, 420, 600, 750, 900, 1_200, 1_500, 1_800, 2_400, 3_000, 3_600,
    4_500, 5_400, 7_200, 10_800, 14_400, 28_800,
];

/// Durations of one kind, in seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Durations {
    /// How many.
    pub count: u32,
    /// All of them together, in seconds.
    pub sum_seconds: u64,
    /// The longest ever counted, also one that was taken back.
    pub max_seconds: u32,
    #[serde(skip)]
    buckets: [u32; BOUNDS_SECONDS.len() + 1],
}

fn bucket(seconds: u32) -> usize {
    BOUNDS_SECONDS.partition_point(|bound| *bound < seconds)
}

impl Durations {
    /// Counts one more.
    pub(super) fn add(&mut self, seconds: u32) {
        self.count += 1;
        self.sum_seconds += u64::from(seconds);
        self.max_seconds = self.max_seconds.max(seconds);
        self.buckets[bucket(seconds)] += 1;
    }

    /// Takes one back that was counted.
    pub(super) fn take_back(&mut self, seconds: u32) {
        let slot = &mut self.buckets[bucket(seconds)];
        if let (Some(count), Some(less)) = (self.count.checked_sub(1), slot.checked_sub(1)) {
            (self.count, *slot) = (count, less);
            self.sum_seconds = self.sum_seconds.saturating_sub(u64::from(seconds));
        }
    }

    /// All of both.
    #[must_use]
    pub fn together(mut self, other: &Self) -> Self {
        self.count += other.count;
        self.sum_seconds += other.sum_seconds;
        self.max_seconds = self.max_seconds.max(other.max_seconds);
        for (mine, theirs) in self.buckets.iter_mut().zip(other.buckets) {
            *mine += theirs;
        }
        self
    }

    /// The mean, in seconds; none of nothing.
    #[must_use]
    pub fn mean_seconds(&self) -> Option<u32> {
        let mean = self.sum_seconds.checked_div(u64::from(self.count))?;
        Some(u32::try_from(mean).unwrap_or(u32::MAX))
    }

    /// How long `percent` of 100 took at most, in seconds: the upper bound of the bucket that holds it, and never
    /// more than the longest. None of nothing.
    #[must_use]
    pub fn percentile_seconds(&self, percent: u8) -> Option<u32> {
        let wanted = (u64::from(self.count) * u64::from(percent.min(100))).div_ceil(100).max(1);
        let mut seen = 0;
        let bounds = BOUNDS_SECONDS.iter().copied().chain([u32::MAX]);
        for (bound, count) in bounds.zip(self.buckets) {
            seen += u64::from(count);
            if count > 0 && seen >= wanted {
                return Some(bound.min(self.max_seconds));
            }
        }
        None
    }
}
