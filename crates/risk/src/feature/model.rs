//! Nouns: an act as features see it, the histories around it, the numbers made of them.

use kernel::Timestamp;

use super::History;
use super::names::{Feature, NAMES};
use crate::place::Coordinates;

/// One act: a payment, a transfer, a refund. Entities are numbers: keyed hashes or ids, whichever the caller has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Happening {
    pub at: Timestamp,
    pub customer: i64,
    pub payee: Option<i64>,
    pub device: Option<i64>,
    pub network: Option<i64>,
    /// In the currency's smallest unit; 0 where the act has none. Negative counts as 0.
    pub amount_minor: i64,
    /// `None` where no file says where the address is: never guessed.
    pub place: Option<Place>,
    /// It did not go on: it was refused, or waits for a person. Such a try makes nobody familiar.
    pub stopped: bool,
}

/// Where something is, in ten-thousandths of a degree (about 11 m), so that a row keeps it exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    pub latitude_e4: i32,
    pub longitude_e4: i32,
}

impl From<Coordinates> for Place {
    #[expect(
        clippy::float_arithmetic,
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "degrees are below 360; the cast saturates"
    )]
    fn from(point: Coordinates) -> Self {
        let e4 = |degrees: f64| (degrees * 1e4).round() as i32;
        Self { latitude_e4: e4(point.latitude), longitude_e4: e4(point.longitude) }
    }
}

impl Place {
    #[expect(clippy::float_arithmetic, reason = "geometry")]
    pub(crate) fn point(self) -> Coordinates {
        Coordinates {
            latitude: f64::from(self.latitude_e4) / 1e4,
            longitude: f64::from(self.longitude_e4) / 1e4,
        }
    }
}

/// The histories an act is judged with: one an entity, `None` where the act has no such entity.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    pub customer: &'a History,
    pub payee: Option<&'a History>,
    pub device: Option<&'a History>,
    pub network: Option<&'a History>,
}

/// The features of one act, in the order of [`NAMES`]. What is not known is not a number (NaN): models have a way for it.
#[derive(Debug, Clone, Copy)]
pub struct Vector(pub [f32; NAMES.len()]);

impl Vector {
    pub fn get(&self, feature: Feature) -> f32 {
        self.0
            .iter()
            .zip(Feature::ALL)
            .find(|(_, one)| **one == feature)
            .map_or(f32::NAN, |(value, _)| *value)
    }

    /// As a journal keeps it: little-endian, four bytes a feature.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    /// Reads them back; `None` when there are more or fewer than now.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (chunks, []) = bytes.as_chunks::<4>() else { return None };
        let values: Vec<f32> = chunks.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect();
        values.try_into().ok().map(Self)
    }
}

impl PartialEq for Vector {
    /// Bit for bit, so that what is not known equals itself.
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(one, two)| one.to_bits() == two.to_bits())
    }
}

impl Eq for Vector {}
