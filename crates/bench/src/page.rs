//! `docs/measurements.md`: every command that measures has a part of its own in it and leaves the others as they are.

use std::path::PathBuf;

use crate::Failure;

/// The parts, in the order of the page.
pub const PARTS: [&str; 4] = ["goals", "risk", "reconcile", "soak"];

const INTRODUCTION: &str = "# Measurements\n\n\
     Each part was made by the command it names, with `--write`. Figures move from run to run and from machine to machine; that is why goals \
     of throughput are ratios, each taken in one run beside its limit. Every commit is flushed to disk before it is answered.\n";

/// Writes one part.
pub fn write(part: &str, text: &str) -> Result<(), Failure> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/measurements.md");
    let page = match std::fs::read_to_string(&file) {
        Ok(page) => page,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error.into()),
    };
    Ok(std::fs::write(&file, put(&page, part, text))?)
}

/// The page with this part exchanged.
fn put(page: &str, part: &str, text: &str) -> String {
    let parts = PARTS.iter().filter_map(|name| {
        let (begin, end) = marks(name);
        let text = if *name == part { Some(text) } else { between(page, &begin, &end) };
        text.map(|text| format!("\n{begin}\n\n{}\n\n{end}\n", text.trim()))
    });
    std::iter::once(INTRODUCTION.to_owned()).chain(parts).collect()
}

fn marks(part: &str) -> (String, String) {
    (format!("<!-- {part} -->"), format!("<!-- end of {part} -->"))
}

fn between<'a>(page: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    page.split_once(begin)?.1.split_once(end).map(|(text, _)| text)
}

/// What a program printed, as a part: the command, when and where, the text as it is.
pub fn printed(command: &str, date: &str, machine: &str, text: &str) -> String {
    format!("## `{command}`\n\n{date}, {machine}.\n\n```text\n{}\n```", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_exchanged_and_the_others_stay_in_their_order() {
        let page = put("", "soak", "three");
        let page = put(&page, "goals", "one");
        let page = put(&page, "risk", "two");
        let again = put(&page, "goals", "another one\n");
        let places: Vec<_> =
            ["# Measurements", "another one", "two", "three"].iter().map(|text| again.find(text)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{again}");
        assert!(!again.contains("\none\n"));
        assert_eq!(put(&again, "goals", "one"), page);
    }
}
