//! The master keys of this installation, and the ring of data keys they wrap. Without a master key nothing personal can be read again.
//!
//! A master key is 64 hex digits in the setting `master_key` or in the file `master.key` of the data folder, made at the first start; or it
//! is a key in a key management service (`[kms]`). While one local key is exchanged for another both may be given, separated by white
//! space, the new one first.

use std::path::Path;
use std::sync::Arc;

use connectors::{Http, Kms, Limits, TransitConfig, TransitKms};
use db::Db;
use kernel::{Clock, Rng, hex};
use keyring::{Keyring, LocalMaster, Masters, Midway, SealedColumn, Start};
use vault::Key;

use crate::Failure;

/// The master keys as they were found.
#[derive(Debug)]
pub struct MasterKeys {
    pub masters: Masters,
    /// The oldest local one: what an installation from before there were data keys was sealed under.
    pub first: Option<Key>,
}

/// The master keys. `given` wins over the file; the file is made when nothing else is there to wrap with.
pub fn masters(
    given: Option<&str>,
    file: &Path,
    kms: Option<&TransitConfig>,
    rng: &Arc<dyn Rng>,
) -> Result<MasterKeys, Failure> {
    let text = match given {
        Some(text) => Some(text.to_owned()),
        None if file.exists() => Some(std::fs::read_to_string(file)?),
        None if kms.is_some() => None,
        None => Some(make(file, &**rng)?),
    };
    let local = text.map_or(Some(Vec::new()), |text| parse_all(&text));
    let local = local.ok_or_else(|| format!("the master key in {} is not 64 hex digits", file.display()))?;
    let first = local.last().cloned();
    let mut all: Vec<Arc<dyn Kms>> = Vec::new();
    if let Some(config) = kms {
        let limits = Limits { total: TransitKms::TIME, ..Limits::default() };
        all.push(Arc::new(TransitKms::new(config.clone(), Http::new(limits)?)));
    }
    for key in &local {
        all.push(Arc::new(LocalMaster::new(key, Arc::clone(rng))?));
    }
    let mut all = all.into_iter();
    let wrapping = all.next().ok_or("no master key is given")?;
    Ok(MasterKeys { masters: Masters::new(wrapping, all.collect()), first })
}

/// The ring of data keys over an open database with its tables.
pub async fn ring(
    keys: MasterKeys,
    db: &Db,
    clock: &dyn Clock,
    rng: &dyn Rng,
    (node, midway): (u16, Midway),
) -> Result<Arc<Keyring>, Failure> {
    let sealed: Vec<SealedColumn> = crate::sealed().collect();
    let start = Start { masters: keys.masters, node, first_master: keys.first, sealed: &sealed, midway };
    Ok(Arc::new(Keyring::open(db, clock, rng, start).await?))
}

/// The key in a file, which is made when it is not there.
pub(crate) fn from_file(file: &Path, rng: &dyn Rng) -> Result<Key, Failure> {
    let text = if file.exists() { std::fs::read_to_string(file)? } else { make(file, rng)? };
    match parse_all(&text).as_deref() {
        Some([key]) => Ok(key.clone()),
        _ => Err(format!("{} does not hold one key of 64 hex digits", file.display()).into()),
    }
}

/// A new key in a new file that only its owner reads.
fn make(file: &Path, rng: &dyn Rng) -> Result<String, Failure> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let key = Key::random(rng);
    let text = hex::encode(key.expose());
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(out, "{text}")?;
    out.sync_all()?;
    Ok(text)
}

/// Keys separated by white space; `None` when there is none or one of them is no key.
fn parse_all(text: &str) -> Option<Vec<Key>> {
    let keys: Vec<Key> = text.split_whitespace().map(parse).collect::<Option<_>>()?;
    (!keys.is_empty()).then_some(keys)
}

fn parse(text: &str) -> Option<Key> {
    hex::decode(text)?.try_into().ok().map(Key::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn rng() -> Arc<dyn Rng> {
        Arc::new(kernel::SeededRng::new(1))
    }

    #[test]
    fn the_key_is_made_once_for_its_owner_only_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/master.key");
        let made = masters(None, &file, None, &rng()).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let again = masters(None, &file, None, &rng()).unwrap();
        assert_eq!(made.masters.first().name(), again.masters.first().name());
        assert_eq!(made.first.unwrap().expose(), again.first.unwrap().expose());
        for bad in ["short", "", &"g".repeat(64)] {
            assert!(masters(Some(bad), &file, None, &rng()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn of_two_keys_the_first_wraps_and_the_last_is_the_oldest() {
        let file = Path::new("/nowhere/master.key");
        let (new, old) = ("ab".repeat(32), "cd".repeat(32));
        let both = masters(Some(&format!("{new}\n{old}\n")), file, None, &rng()).unwrap();
        let alone = masters(Some(&new), file, None, &rng()).unwrap();
        assert_eq!(both.masters.first().name(), alone.masters.first().name());
        assert_eq!(both.first.unwrap().expose(), &[0xcd; 32]);
    }

    #[test]
    fn a_key_service_needs_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("master.key");
        let kms = TransitConfig {
            url: connectors::BaseUrl::parse("http://127.0.0.1:1").unwrap(),
            key: "everlit".to_owned(),
            token: "t".to_owned(),
        };
        let keys = masters(None, &file, Some(&kms), &rng()).unwrap();
        assert_eq!((keys.masters.first().name(), keys.first.is_none()), ("transit:everlit", true));
        assert!(!file.exists());
    }
}
