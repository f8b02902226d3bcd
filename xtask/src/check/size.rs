//! Files a person can read in one sitting.

use super::Finding;
use super::source::Tree;

const LONG: usize = 400;
const TOO_LONG: usize = 500;

pub fn findings(tree: &Tree) -> Vec<Finding> {
    let sources = tree.below("crates/", "rs").chain(tree.below("xtask/", "rs"));
    sources
        .filter_map(|file| match file.text.lines().count() {
            lines if lines > TOO_LONG => {
                Some(Finding::error(&file.path, format!("{lines} lines, more than {TOO_LONG}: split it")))
            }
            lines if lines > LONG => {
                Some(Finding::warning(&file.path, format!("{lines} lines, more than {LONG}")))
            }
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Weight, tree};
    use super::*;

    #[test]
    fn a_long_file_is_shown_and_a_too_long_one_fails() {
        let weight = |lines: usize| {
            let found = findings(&tree("crates/a/src/lib.rs", &"\n".repeat(lines)));
            found.first().map(|finding| finding.weight)
        };
        assert_eq!(weight(LONG), None);
        assert_eq!(weight(LONG + 1), Some(Weight::Warning));
        assert_eq!(weight(TOO_LONG + 1), Some(Weight::Error));
    }
}
