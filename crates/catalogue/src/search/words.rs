//! Cuts texts into what the index knows: Han characters alone and in pairs, Latin words and numbers.

/// One thing to look up.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Word {
    /// One Han character.
    Single(char),
    /// Two neighbouring Han characters.
    Pair(char, char),
    /// A Latin word or a number, lower case.
    Latin(String),
}

/// Longer queries are cut: nobody types them.
const MAX_CHARS: usize = 200;

pub(super) fn cut(text: &str) -> Vec<Word> {
    let mut out = Vec::new();
    let mut latin = String::new();
    let mut before: Option<char> = None;
    let normal = kernel::normalise_digits(text);
    for c in normal.chars().take(MAX_CHARS).flat_map(char::to_lowercase) {
        if is_han(c) {
            finish(&mut latin, &mut out);
            out.push(Word::Single(c));
            if let Some(first) = before {
                out.push(Word::Pair(first, c));
            }
            before = Some(c);
        } else {
            before = None;
            if c.is_alphanumeric() {
                // A number and its unit are two words: 30gb is found by "30 GB".
                let turns = latin.chars().last().is_some_and(|l| l.is_ascii_digit() != c.is_ascii_digit());
                if turns {
                    finish(&mut latin, &mut out);
                }
                latin.push(c);
            } else {
                finish(&mut latin, &mut out);
            }
        }
    }
    finish(&mut latin, &mut out);
    out
}

fn finish(latin: &mut String, out: &mut Vec<Word>) {
    if !latin.is_empty() {
        out.push(Word::Latin(std::mem::take(latin)));
    }
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{2FA1F}')
}

/// How many letters differ at most, swapped neighbours counting once; `None` when more than `limit`.
pub(super) fn distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut older: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], k: usize| row.get(k).copied().unwrap_or(usize::MAX / 2);
            let change = at(&row, j) + usize::from(x != y);
            let mut least = change.min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                least = least.min(at(&older, j - 1) + 1);
            }
            next.push(least);
        }
        older = std::mem::replace(&mut row, next);
    }
    row.last().copied().filter(|d| *d <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn han_is_cut_into_characters_and_pairs_latin_into_words_and_numbers() {
        let found = cut("话费30GB，Top-up");
        let want = [
            Word::Single('话'),
            Word::Single('费'),
            Word::Pair('话', '费'),
            Word::Latin("30".into()),
            Word::Latin("gb".into()),
            Word::Latin("top".into()),
            Word::Latin("up".into()),
        ];
        assert_eq!(found, want);
    }

    #[test]
    fn distance_counts_changed_missing_and_swapped_letters() {
        for (a, b, limit, want) in [
            ("router", "router", 1, Some(0)),
            ("roter", "router", 1, Some(1)),
            ("ruoter", "router", 1, Some(1)),
            ("rooter", "router", 1, Some(1)),
            ("water", "router", 1, None),
            ("electrcity", "electricity", 1, Some(1)),
        ] {
            assert_eq!(distance(a, b, limit), want, "{a} {b}");
        }
    }
}
