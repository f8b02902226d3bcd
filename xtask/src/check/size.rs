//! Files a person can read in one sitting.

use super::Finding;
use super::source::Tree;

const LONG: usize = 400;

pub fn findings(tree: &Tree) -> Vec<Finding> {
    let sources = tree.below("crates/", "rs").chain(tree.below("xtask/", "rs"));
    sources
        .map(|file| (file, file.text.lines().count()))
        .filter(|(_, lines)| *lines > LONG)
        .map(|(file, lines)| Finding::error(&file.path, format!("{lines} lines, more than {LONG}: split it")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Weight, tree};
    use super::*;

    #[test]
    fn a_long_file_fails() {
        let weight = |lines: usize| {
            let found = findings(&tree("crates/a/src/lib.rs", &"\n".repeat(lines)));
            found.first().map(|finding| finding.weight)
        };
        assert_eq!(weight(LONG), None);
        assert_eq!(weight(LONG + 1), Some(Weight::Error));
    }
}
