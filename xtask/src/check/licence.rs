//! Licence expressions (SPDX): whether a crate may be used under a list of allowed licences.

use std::iter::Peekable;
use std::vec::IntoIter;

/// `None` when the expression cannot be read.
pub fn is_allowed(expression: &str, allowed: &[String]) -> Option<bool> {
    // `MIT/Apache-2.0` is how old manifests wrote `OR`.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<String> = spaced.split_whitespace().map(String::from).collect();
    let mut words = words.into_iter().peekable();
    let verdict = any(&mut words, allowed)?;
    words.next().is_none().then_some(verdict)
}

type Words = Peekable<IntoIter<String>>;

fn any(words: &mut Words, allowed: &[String]) -> Option<bool> {
    let mut verdict = all(words, allowed)?;
    while words.next_if(|word| word == "OR").is_some() {
        verdict |= all(words, allowed)?;
    }
    Some(verdict)
}

fn all(words: &mut Words, allowed: &[String]) -> Option<bool> {
    let mut verdict = one(words, allowed)?;
    while words.next_if(|word| word == "AND").is_some() {
        verdict &= one(words, allowed)?;
    }
    Some(verdict)
}

fn one(words: &mut Words, allowed: &[String]) -> Option<bool> {
    let mut word = words.next()?;
    match word.as_str() {
        "(" => {
            let verdict = any(words, allowed)?;
            (words.next()? == ")").then_some(verdict)
        }
        ")" | "AND" | "OR" | "WITH" => None,
        _ => {
            if words.next_if(|next| next == "WITH").is_some() {
                word = format!("{word} WITH {}", words.next()?);
            }
            Some(allowed.contains(&word))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_judged_by_their_parts() {
        let allowed = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"].map(String::from);
        for (expression, verdict) in [
            ("MIT", Some(true)),
            ("GPL-3.0", Some(false)),
            ("GPL-3.0 OR MIT", Some(true)),
            ("GPL-3.0 AND MIT", Some(false)),
            ("(MIT OR GPL-3.0) AND Apache-2.0", Some(true)),
            ("MIT AND (GPL-3.0 OR BSL-1.0)", Some(false)),
            ("Unlicense/MIT", Some(true)),
            ("Apache-2.0 WITH LLVM-exception", Some(true)),
            ("MIT WITH Something", Some(false)),
            ("MIT OR", None),
            ("(MIT", None),
            ("MIT MIT", None),
        ] {
            assert_eq!(is_allowed(expression, &allowed), verdict, "{expression}");
        }
    }
}
