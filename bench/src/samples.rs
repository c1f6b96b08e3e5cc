//! Times that were taken, and what is said of them. Quantiles are measured values (nearest rank), never interpolated.

use std::time::Duration;

/// Times, in milliseconds.
#[derive(Clone, Default, Debug)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    /// Adds one.
    pub(crate) fn push(&mut self, took: Duration) {
        self.0.push(took.as_secs_f64() * 1e3);
    }

    /// Adds those of another series.
    pub(crate) fn extend(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The time that half of them did not exceed.
    pub(crate) fn p50(&self) -> f64 {
        self.quantile(0.50)
    }

    /// The time that 99 of 100 did not exceed.
    pub(crate) fn p99(&self) -> f64 {
        self.quantile(0.99)
    }

    /// The longest.
    pub(crate) fn max(&self) -> f64 {
        self.quantile(1.0)
    }

    fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    }
}

/// The middle one of a few figures.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_measured_values() {
        let mut samples = Samples::default();
        for millis in (1..=100).rev() {
            samples.push(Duration::from_millis(millis));
        }
        assert_eq!((samples.p50(), samples.p99(), samples.max()), (50.0, 99.0, 100.0));
        assert!(Samples::default().p50().is_nan());
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
    }
}
