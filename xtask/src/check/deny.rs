//! The part of `deny.toml` that both `cargo deny` and our own check read: lists of words under a section's key.
//! Not a TOML reader: what it cannot read, it refuses.

use std::collections::BTreeMap;

use crate::sys::{Failure, Result};

/// `licenses.allow` → the strings of that list. Of a table such as `{ crate = "x", reason = "…" }`, the first.
pub struct Deny(BTreeMap<String, Vec<String>>);

impl Deny {
    pub fn parse(text: &str) -> Result<Deny> {
        let mut lists = BTreeMap::new();
        let mut section = String::new();
        let mut lines = text.lines().map(without_comment).enumerate();
        while let Some((at, line)) = lines.next() {
            let line = line.trim();
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                name.trim_matches(['[', ']']).trim().clone_into(&mut section);
                continue;
            }
            if line.is_empty() {
                continue;
            }
            let unreadable =
                || Failure::new(format!("deny.toml:{}: cannot read `{line}`", at.saturating_add(1)));
            let (key, value) = line.split_once('=').ok_or_else(unreadable)?;
            let mut value = value.trim().to_owned();
            if !value.starts_with('[') {
                continue;
            }
            while !value.ends_with(']') {
                value.push(' ');
                value.push_str(lines.next().ok_or_else(unreadable)?.1.trim());
            }
            lists.insert(format!("{section}.{}", key.trim()), items(&value));
        }
        Ok(Deny(lists))
    }

    pub fn list(&self, key: &str) -> Result<&[String]> {
        let list =
            self.0.get(key).ok_or_else(|| Failure::new(format!("deny.toml says nothing about {key}")))?;
        Ok(list)
    }
}

fn without_comment(line: &str) -> &str {
    let mut inside = false;
    let end = line.find(|c: char| {
        inside ^= c == '"';
        c == '#' && !inside
    });
    end.and_then(|end| line.get(..end)).unwrap_or(line)
}

fn items(list: &str) -> Vec<String> {
    let mut items = Vec::new();
    let mut depth = 0_usize;
    let mut taken = false;
    // Even pieces are between strings, odd ones are strings.
    for (at, piece) in list.split('"').enumerate() {
        if at % 2 == 0 {
            for c in piece.chars() {
                match c {
                    '{' => depth = depth.saturating_add(1),
                    '}' => depth = depth.saturating_sub(1),
                    ',' if depth == 0 => taken = false,
                    _ => {}
                }
            }
        } else if !taken {
            items.push(piece.to_owned());
            taken = depth > 0;
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_over_lines_comments_and_tables() {
        let text = "[licenses]\nallow = [\n  \"MIT\", # plain\n  \"A # B\",\n]\nconfidence-threshold = 0.9\n\
                    [bans]\ndeny = [{ crate = \"x\", reason = \"because, really\" }, { crate = \"y\" }, \"z\"]\n";
        let deny = Deny::parse(text).unwrap();
        assert_eq!(deny.list("licenses.allow").unwrap(), ["MIT", "A # B"]);
        assert_eq!(deny.list("bans.deny").unwrap(), ["x", "y", "z"]);
        assert!(deny.list("bans.skip").is_err());
    }

    #[test]
    fn what_it_cannot_read_it_refuses() {
        assert!(Deny::parse("[bans]\nnonsense\n").is_err());
        assert!(Deny::parse("[bans]\ndeny = [\"x\"\n").is_err());
    }
}
