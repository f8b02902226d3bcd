//! The inverted index and how hits are ranked. All scores are whole numbers.

use std::collections::{BTreeMap, HashMap};

use super::words::{Word, cut, distance};

/// Texts of one service with the weight of each.
#[derive(Debug, Clone, Default)]
pub struct Document {
    texts: Vec<(i64, String)>,
    aliases: Vec<String>,
}

/// What a text is worth: a hit in the name beats one in the guide.
const NAME: i64 = 12;
const ALIAS: i64 = 10;
const OFFERING: i64 = 5;
const SUMMARY: i64 = 4;
const BODY: i64 = 2;

/// A pair of Han characters says much more than one, a whole word more than its beginning, that more than a typo.
const PAIR: i64 = 100;
const SINGLE: i64 = 12;
const WHOLE: i64 = 100;
const BEGINNING: i64 = 60;
const TYPO: i64 = 45;

impl Document {
    pub fn name(&mut self, text: &str) {
        self.aliases.push(squeeze(text));
        self.add(NAME, text);
    }

    /// A synonym, pinyin or abbreviation. Pinyin is found with and without its blanks.
    pub fn alias(&mut self, text: &str) {
        self.aliases.push(squeeze(text));
        self.add(ALIAS, text);
        if text.is_ascii() && text.contains(' ') {
            self.add(ALIAS, &text.replace(' ', ""));
        }
    }

    pub fn offering(&mut self, text: &str) {
        self.add(OFFERING, text);
    }

    pub fn summary(&mut self, text: &str) {
        self.add(SUMMARY, text);
    }

    pub fn body(&mut self, text: &str) {
        self.add(BODY, text);
    }

    fn add(&mut self, weight: i64, text: &str) {
        self.texts.push((weight, text.to_owned()));
    }
}

/// Lower case without blanks and marks: what a query must equal to count as "the name itself".
fn squeeze(text: &str) -> String {
    kernel::normalise_digits(text)
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Finds documents by number, in the order in which they were given.
#[derive(Debug, Default)]
pub struct Index {
    /// Word → document → best weight.
    words: HashMap<Word, BTreeMap<usize, i64>>,
    /// All Latin words, sorted, for beginnings and typos.
    latin: Vec<String>,
    /// Squeezed names and aliases.
    exact: HashMap<String, Vec<usize>>,
    documents: usize,
}

impl Index {
    pub fn build(documents: &[Document]) -> Self {
        let mut index = Self { documents: documents.len(), ..Self::default() };
        for (number, document) in documents.iter().enumerate() {
            for (weight, text) in &document.texts {
                for word in cut(text) {
                    let best = index.words.entry(word).or_default().entry(number).or_default();
                    *best = (*best).max(*weight);
                }
            }
            for alias in &document.aliases {
                index.exact.entry(alias.clone()).or_default().push(number);
            }
        }
        index.latin = index
            .words
            .keys()
            .filter_map(|word| match word {
                Word::Latin(text) => Some(text.clone()),
                Word::Single(_) | Word::Pair(..) => None,
            })
            .collect();
        index.latin.sort();
        index
    }

    /// Numbers of the documents that answer `query`, best first. Hits far below the best are left out.
    pub fn find(&self, query: &str) -> Vec<usize> {
        let mut scores: BTreeMap<usize, i64> = BTreeMap::new();
        for word in cut(query) {
            for (number, score) in self.hits(&word) {
                let sum = scores.entry(number).or_default();
                *sum = sum.saturating_add(score);
            }
        }
        for number in self.exact.get(&squeeze(query)).into_iter().flatten() {
            let sum = scores.entry(*number).or_default();
            *sum = sum.saturating_add(1_000_000);
        }
        let best = scores.values().copied().max().unwrap_or(0);
        let mut hits: Vec<(usize, i64)> =
            scores.into_iter().filter(|(_, score)| score.saturating_mul(4) >= best.min(100_000)).collect();
        hits.sort_by_key(|(number, score)| (std::cmp::Reverse(*score), *number));
        hits.into_iter().map(|(number, _)| number).collect()
    }

    /// What each document gets for one word of the query.
    fn hits(&self, word: &Word) -> BTreeMap<usize, i64> {
        let mut out = BTreeMap::new();
        match word {
            Word::Single(_) => self.score(word, SINGLE, &mut out),
            Word::Pair(..) => self.score(word, PAIR, &mut out),
            Word::Latin(text) => {
                self.score(word, WHOLE, &mut out);
                let letters = text.chars().count();
                let number = text.chars().all(|c| c.is_ascii_digit());
                if number || letters < 2 {
                    return out;
                }
                for known in self.latin.iter().filter(|known| *known != text) {
                    let typo = match letters {
                        0..=3 => 0,
                        4..=7 => 1,
                        _ => 2,
                    };
                    if known.starts_with(text.as_str()) {
                        self.score(&Word::Latin(known.clone()), BEGINNING, &mut out);
                    } else if typo > 0 && distance(text, known, typo).is_some() {
                        self.score(&Word::Latin(known.clone()), TYPO, &mut out);
                    }
                }
            }
        }
        out
    }

    /// Worth × weight of the text × rarity; a document counts its best hit for a word, not the sum.
    fn score(&self, word: &Word, worth: i64, out: &mut BTreeMap<usize, i64>) {
        let Some(found) = self.words.get(word) else { return };
        let rarity = rarity(self.documents, found.len());
        for (number, weight) in found {
            let score = worth.saturating_mul(*weight).saturating_mul(rarity);
            let best = out.entry(*number).or_default();
            *best = (*best).max(score);
        }
    }
}

/// 1 for a word of every document, more for a rarer one: the binary logarithm of how rare it is, plus one.
fn rarity(documents: usize, found: usize) -> i64 {
    let ratio = documents.checked_div(found.max(1)).unwrap_or(1).max(1);
    i64::from(ratio.ilog2()).saturating_add(1)
}
