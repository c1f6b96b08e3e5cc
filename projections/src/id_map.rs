//! A hash map for ids: they are random enough already, so one multiplication spreads them. Ids are given by this
//! program, never chosen by a visitor, hence no keyed hash. Never iterate one where the order could be seen.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map keyed by one of our ids.
pub(crate) type IdMap<K, V> = HashMap<K, V, BuildHasherDefault<IdHasher>>;

/// An odd constant whose bits are well mixed. Source: Firefox's hash function.
const SPREAD: u64 = 0x517c_c1b7_2722_0a95;

/// Folds 16 bytes into 64 bits.
#[derive(Clone, Copy, Default)]
pub(crate) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(SPREAD);
    }

    /// The length of an id says nothing.
    fn write_usize(&mut self, _: usize) {}

    /// The map picks its bucket by the low bits, and multiplication leaves the good ones on top.
    fn finish(&self) -> u64 {
        self.0.rotate_left(26)
    }
}
