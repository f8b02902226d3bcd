//! Lanes, entries and their numbers.

use serde::Serialize;

use crate::column::coded;

/// A SHA-256 hash.
pub(crate) type Hash = [u8; 32];

/// What the first entry of every lane follows.
pub(crate) const GENESIS: Hash = [0; 32];

/// How many lanes [`Lane::of`] spreads over. Desks take lanes from here on.
const SHARED_LANES: u16 = 16;
/// Room for sequence numbers in an entry's id.
const LANE_STEP: i64 = 1 << 44;

/// One line of the chain. A writer locks its lane until it commits, so writers that never share one never wait for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Lane(pub u16);

impl Lane {
    /// The lane of an order desk or worker that writes much: its own, by its number.
    pub const fn desk(number: u16) -> Self {
        Self(SHARED_LANES.saturating_add(number))
    }

    /// One of sixteen shared lanes, by whom or what it is about (a customer's or an order's id).
    pub const fn of(id: i64) -> Self {
        // Ids differ mostly in their middle bits; multiplying by 2⁶⁴/φ spreads them over the top four.
        let mixed = id.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 60;
        let [low, ..] = mixed.to_le_bytes();
        Self(u16::from_le_bytes([low, 0]))
    }

    /// The ids of this lane's entries lie above this number and below the next lane's.
    fn start(self) -> i64 {
        i64::from(self.0).saturating_mul(LANE_STEP)
    }

    /// The id of the lane's entry number `seq`, counted from 1.
    pub(crate) fn entry(self, seq: i64) -> i64 {
        self.start().saturating_add(seq)
    }
}

coded! {
    /// What an entry of the chain stands for.
    pub enum Fact {
        /// A transfer, also one that posts a hold.
        Transfer = "transfer",
        /// Money was set aside.
        Hold = "hold",
        /// A hold was voided or expired.
        Release = "release",
    }
}

/// One entry as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChainEntry {
    pub id: i64,
    pub fact: Fact,
    pub object: i64,
    pub hash: Vec<u8>,
}

/// The end of a lane: how many entries it has and the hash of the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub lane: Lane,
    pub seq: i64,
    pub hash: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_every_pace_spread_over_all_shared_lanes() {
        // One after the other, a millisecond apart, a day apart.
        for step in [1, 1 << 22, 86_400_000 << 22] {
            let lanes: std::collections::BTreeSet<Lane> =
                (0..400).map(|n| Lane::of(7_000_000_000_000 + n * step)).collect();
            assert_eq!(lanes.len(), 16, "step {step}");
            assert!(lanes.iter().all(|lane| *lane < Lane::desk(0)));
        }
    }
}
