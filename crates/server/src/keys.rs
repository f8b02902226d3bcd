//! The master key: from a variable or a file, made at the first start. Without it nothing personal can be read again.

use std::collections::BTreeMap;
use std::path::Path;

use kernel::Rng;
use vault::Vault;

use crate::Failure;

const KEY_BYTES: usize = 32;

/// The vault of this installation. `given` is 64 hex digits; otherwise the file is read, or made with access for its owner only.
pub fn open(given: Option<&str>, file: &Path, rng: &dyn Rng) -> Result<Vault, Failure> {
    let text = match given {
        Some(text) => text.to_owned(),
        None if file.exists() => std::fs::read_to_string(file)?,
        None => make(file, rng)?,
    };
    let key = parse(text.trim())
        .ok_or_else(|| format!("the master key in {} is not 64 hex digits", file.display()))?;
    Ok(Vault::new(&BTreeMap::from([(1, key)]))?)
}

fn make(file: &Path, rng: &dyn Rng) -> Result<String, Failure> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut key = [0; KEY_BYTES];
    rng.fill(&mut key);
    let text: Vec<String> = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let text = text.concat();
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(out, "{text}")?;
    out.sync_all()?;
    Ok(text)
}

fn parse(text: &str) -> Option<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    if text.len() != KEY_BYTES * 2 {
        return None;
    }
    for (index, slot) in key.iter_mut().enumerate() {
        let at = index.checked_mul(2)?;
        *slot = u8::from_str_radix(text.get(at..at.checked_add(2)?)?, 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_key_is_made_once_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/master.key");
        let rng = kernel::SeededRng::new(1);
        let first = super::open(None, &file, &rng).unwrap();
        let sealed = first.seal(&rng, "c", b"x").unwrap();
        let again = super::open(None, &file, &rng).unwrap();
        assert_eq!(again.open("c", &sealed).as_deref(), Ok(&b"x"[..]));
        assert!(super::open(Some("short"), &file, &rng).is_err());
    }
}
