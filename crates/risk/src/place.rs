//! Where an address is, if the operator gives a file that knows (MaxMind DB format, country or city). Without a file, or where the file
//! is silent, there is no place: it is never guessed.
#![allow(clippy::float_arithmetic, reason = "geometry: distances on a sphere")]

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use kernel::Text;
use maxminddb::Reader;
use serde::{Deserialize, Serialize};

/// The mean radius of the earth.
const EARTH_KM: f64 = 6371.0;

/// An operator's file of places. Cheap to clone.
#[derive(Clone)]
pub struct Places(Arc<Reader<Vec<u8>>>);

impl std::fmt::Debug for Places {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Places").field("type", &self.0.metadata().database_type).finish_non_exhaustive()
    }
}

/// Where an address is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spot {
    /// ISO 3166 code.
    pub country: String,
    /// The city's number in the file, where the file has cities.
    pub city: Option<u32>,
    /// For people: city or country.
    pub label: Text,
    pub point: Option<Coordinates>,
}

/// Degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Coordinates {
    pub latitude: f64,
    pub longitude: f64,
}

/// The part of a record that is read; everything may be missing.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    country: Named,
    city: Named,
    location: Location,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Named {
    iso_code: Option<String>,
    geoname_id: Option<u32>,
    names: Names,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Names {
    en: Option<String>,
    #[serde(rename = "zh-CN")]
    zh: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Location {
    latitude: Option<f64>,
    longitude: Option<f64>,
}

impl Places {
    /// Reads a file into memory.
    pub fn open(path: &Path) -> Result<Self, String> {
        let reader = Reader::open_readfile(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self(Arc::new(reader)))
    }

    /// Takes the bytes of a file.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, String> {
        Ok(Self(Arc::new(Reader::from_source(bytes).map_err(|error| error.to_string())?)))
    }

    /// Where an address is, as far as the file says.
    pub fn find(&self, address: &str) -> Option<Spot> {
        let address: IpAddr = address.parse().ok()?;
        let entry: Entry = self.0.lookup(address.to_canonical()).ok()?.decode().ok()??;
        let country = entry.country.iso_code?;
        let names = if entry.city.geoname_id.is_some() { entry.city.names } else { entry.country.names };
        let english = names.en.unwrap_or_else(|| country.clone());
        let label = Text::new(names.zh.unwrap_or_else(|| english.clone()), english);
        let point = match (entry.location.latitude, entry.location.longitude) {
            (Some(latitude), Some(longitude)) => Some(Coordinates { latitude, longitude }),
            _ => None,
        };
        Some(Spot { country, city: entry.city.geoname_id, label, point })
    }
}

impl Coordinates {
    /// Kilometres along the great circle (haversine).
    pub fn distance_km(self, other: Self) -> f64 {
        let (from, to) = (self.latitude.to_radians(), other.latitude.to_radians());
        let half_lat = (to - from) / 2.0;
        let half_lon = (other.longitude - self.longitude).to_radians() / 2.0;
        let chord = half_lat.sin().powi(2) + from.cos() * to.cos() * half_lon.sin().powi(2);
        2.0 * EARTH_KM * chord.sqrt().min(1.0).asin()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A /24 network: its country, city, the city's name in both languages, where it lies.
    type Network = ([u8; 3], &'static str, u32, &'static str, &'static str, f64, f64);

    /// Writes a small file in MaxMind DB format 2.0 for IPv4 /24 networks, as the specification describes it: a search tree with records of
    /// 24 bits, the data section, the metadata.
    pub(crate) fn file(networks: &[Network]) -> Vec<u8> {
        const EMPTY: usize = usize::MAX;
        const DATA: usize = usize::MAX / 2;
        let mut nodes: Vec<[usize; 2]> = vec![[EMPTY; 2]];
        let mut data = Vec::new();
        for (network, country, city, zh, en, latitude, longitude) in networks {
            let at = DATA + data.len();
            let names = map(&[("en", text(en)), ("zh-CN", text(zh))]);
            data.extend(map(&[
                ("city", map(&[("geoname_id", number(*city)), ("names", names.clone())])),
                ("country", map(&[("iso_code", text(country)), ("names", names)])),
                ("location", map(&[("latitude", double(*latitude)), ("longitude", double(*longitude))])),
            ]));
            let bits = u32::from_be_bytes([0, network[0], network[1], network[2]]);
            let mut node = 0;
            for step in (0..24).rev() {
                let side = usize::from(bits >> step & 1 == 1);
                if step == 0 {
                    nodes[node][side] = at;
                } else {
                    if nodes[node][side] == EMPTY {
                        nodes.push([EMPTY; 2]);
                        nodes[node][side] = nodes.len() - 1;
                    }
                    node = nodes[node][side];
                }
            }
        }
        let count = nodes.len();
        let record = |value: usize| {
            let value = match value {
                EMPTY => count,
                inner if inner < DATA => inner,
                data => data - DATA + count + 16,
            };
            u32::try_from(value).unwrap().to_be_bytes()[1..].to_vec()
        };
        let mut out: Vec<u8> = nodes.iter().flatten().flat_map(|value| record(*value)).collect();
        out.extend([0; 16]);
        out.extend(data);
        out.extend(b"\xab\xcd\xefMaxMind.com");
        out.extend(map(&[
            ("binary_format_major_version", small(2)),
            ("binary_format_minor_version", small(0)),
            ("build_epoch", vec![0x01, 0x02, 1]),
            ("database_type", text("Test-City")),
            ("description", map(&[("en", text("test"))])),
            ("ip_version", small(4)),
            ("languages", vec![0x00, 0x04]),
            ("node_count", number(u32::try_from(count).unwrap())),
            ("record_size", small(24)),
        ]));
        out
    }

    fn text(text: &str) -> Vec<u8> {
        assert!(text.len() < 285);
        let mut out = match u8::try_from(text.len()) {
            Ok(length) if length < 29 => vec![0x40 | length],
            _ => vec![0x40 | 0x1D, u8::try_from(text.len() - 29).unwrap()],
        };
        out.extend(text.as_bytes());
        out
    }

    fn number(value: u32) -> Vec<u8> {
        [vec![0xC4], value.to_be_bytes().to_vec()].concat()
    }

    fn small(value: u16) -> Vec<u8> {
        [vec![0xA2], value.to_be_bytes().to_vec()].concat()
    }

    fn double(value: f64) -> Vec<u8> {
        [vec![0x68], value.to_be_bytes().to_vec()].concat()
    }

    fn map(pairs: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut out = vec![0xE0 | u8::try_from(pairs.len()).unwrap()];
        for (key, value) in pairs {
            out.extend(text(key));
            out.extend(value);
        }
        out
    }

    pub(crate) fn places() -> Places {
        Places::from_bytes(file(&[
            ([203, 0, 113], "CN", 1_796_236, "上海", "Shanghai", 31.22, 121.46),
            ([198, 51, 100], "CN", 1_816_670, "北京", "Beijing", 39.91, 116.40),
            ([192, 0, 2], "DE", 2_950_159, "柏林", "Berlin", 52.52, 13.40),
        ]))
        .unwrap()
    }

    #[test]
    fn an_address_in_the_file_has_a_place_and_another_has_none() {
        let places = places();
        let spot = places.find("203.0.113.77").unwrap();
        assert_eq!(
            (spot.country.as_str(), spot.city, spot.label.zh.as_str()),
            ("CN", Some(1_796_236), "上海")
        );
        assert_eq!(places.find("::ffff:192.0.2.1").unwrap().country, "DE");
        for silent in ["8.8.8.8", "", "not an address", "2001:db8::1"] {
            assert_eq!(places.find(silent), None, "{silent}");
        }
    }

    #[test]
    fn a_file_that_is_none_is_refused() {
        assert!(Places::from_bytes(vec![1, 2, 3]).is_err());
        assert!(Places::open(Path::new("/nowhere.mmdb")).unwrap_err().contains("nowhere"));
        let mut cut = file(&[([203, 0, 113], "CN", 1, "上海", "Shanghai", 31.0, 121.0)]);
        cut.truncate(cut.len() / 2);
        assert!(Places::from_bytes(cut).is_err());
    }

    #[test]
    fn distances_are_those_of_the_globe() {
        let places = places();
        let point = |address| places.find(address).unwrap().point.unwrap();
        let (shanghai, beijing, berlin) = (point("203.0.113.1"), point("198.51.100.1"), point("192.0.2.1"));
        assert!((shanghai.distance_km(beijing) - 1_070.0).abs() < 20.0);
        assert!((berlin.distance_km(beijing) - 7_360.0).abs() < 50.0);
        assert!(berlin.distance_km(berlin) < 0.001);
    }
}
