//! The files of the checkout, and Rust source with its comments or strings blanked out, line for line.

use std::path::{Path, PathBuf};

use crate::sys::Result;

/// Every file a check may want to look at.
pub struct Tree {
    pub files: Vec<File>,
}

pub struct File {
    /// Relative to the workspace's folder, with `/`.
    pub path: String,
    pub text: String,
}

const FOLDERS: &[&str] = &["crates", "xtask", "services", "e2e"];
const KINDS: &[&str] = &["rs", "toml", "sql", "yaml", "yml", "js", "mjs", "css", "html"];

impl Tree {
    pub fn read(root: &Path) -> Result<Tree> {
        let mut files = Vec::new();
        for folder in FOLDERS {
            collect(root, &root.join(folder), &mut files)?;
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Tree { files })
    }

    /// Files of that kind below a folder of the workspace.
    pub fn below<'a>(&'a self, folder: &'a str, kind: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |file| file.path.starts_with(folder) && file.kind() == kind)
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<File>) -> Result {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !matches!(name, "target" | "node_modules" | "out") && !name.starts_with('.') {
                collect(root, &path, files)?;
            }
        } else if path.extension().and_then(|kind| kind.to_str()).is_some_and(|kind| KINDS.contains(&kind)) {
            let text = std::fs::read(&path)?;
            let relative = path.strip_prefix(root).unwrap_or(&path).to_path_buf();
            files.push(File::new(relative, String::from_utf8_lossy(&text).into_owned()));
        }
    }
    Ok(())
}

impl File {
    pub fn new(path: PathBuf, text: String) -> File {
        File { path: path.to_string_lossy().replace('\\', "/"), text }
    }

    pub fn kind(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, kind)| kind)
    }

    pub fn name(&self) -> &str {
        self.path.rsplit_once('/').map_or(&self.path, |(_, name)| name)
    }

    /// `ledger` for `crates/ledger/src/hold/ops.rs`.
    pub fn crate_folder(&self) -> &str {
        self.path.strip_prefix("crates/").and_then(|rest| rest.split('/').next()).unwrap_or_default()
    }

    pub fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.path)
    }

    /// Where test code begins: a test file from its first line, another file at its `#[cfg(test)] mod … {`.
    pub fn first_test_line(&self) -> usize {
        let is_tests = self.name() == "tests.rs" || self.name().ends_with("_tests.rs");
        if is_tests || self.path.contains("/tests/") || self.path.contains("/benches/") {
            return 1;
        }
        let lines: Vec<&str> = self.text.lines().map(str::trim).collect();
        let opens = |at: usize| {
            let after = lines.get(at.saturating_add(1)..).unwrap_or_default();
            let next = after.iter().find(|line| !line.starts_with("#[")).copied().unwrap_or_default();
            next.starts_with("mod ") && next.ends_with('{')
        };
        let at = (0..lines.len())
            .find(|at| lines.get(*at).is_some_and(|line| *line == "#[cfg(test)]") && opens(*at));
        at.map_or(usize::MAX, |at| at.saturating_add(1))
    }
}

/// Lines with their numbers, from 1.
pub fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines())
}

/// Whether `word` occurs in `text` with no letter, digit or underscore on either side.
pub fn has_word(text: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        let after = text.get(at.saturating_add(word.len())..).and_then(|tail| tail.chars().next());
        !before.is_some_and(inside) && !after.is_some_and(inside)
    })
}

/// Whether a function of that name is called (or declared) in `text`.
pub fn calls(text: &str, name: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(&format!("{name}("))
        .any(|(at, _)| !text.get(..at).and_then(|head| head.chars().next_back()).is_some_and(inside))
}

/// What to leave of Rust source; the rest becomes spaces, so that lines and columns stay.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    Code,
    CodeAndStrings,
    Strings,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Code,
    Comment,
    Text,
}

pub fn keep(source: &str, what: Keep) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut parts = Vec::with_capacity(chars.len());
    let mut at = 0;
    while at < chars.len() {
        let rest = chars.get(at..).unwrap_or_default();
        let before = at.checked_sub(1).and_then(|i| chars.get(i)).copied();
        let (part, length) = token(rest, before);
        parts.extend(std::iter::repeat_n(part, length));
        at = at.saturating_add(length.max(1));
    }
    let wanted = |part: Part| match what {
        Keep::Code => part == Part::Code,
        Keep::CodeAndStrings => part != Part::Comment,
        Keep::Strings => part == Part::Text,
    };
    chars.iter().zip(parts).map(|(c, part)| if *c == '\n' || wanted(part) { *c } else { ' ' }).collect()
}

/// The next stretch of source: a comment, a string's content with its quotes, or one character of code.
fn token(rest: &[char], before: Option<char>) -> (Part, usize) {
    match rest {
        ['/', '/', ..] => (Part::Comment, rest.iter().position(|c| *c == '\n').unwrap_or(rest.len())),
        ['/', '*', ..] => (Part::Comment, block_comment(rest)),
        ['"', ..] => (Part::Text, quoted(rest)),
        ['r', '"' | '#', ..] if !before.is_some_and(|c| c.is_alphanumeric() && c != 'b' || c == '_') => {
            raw(rest).map_or((Part::Code, 1), |length| (Part::Text, length))
        }
        ['\'', '\\', ..] => {
            let end = rest.iter().skip(2).skip(1).position(|c| *c == '\'').map_or(1, |i| i.saturating_add(4));
            (Part::Text, end.min(rest.len()))
        }
        ['\'', _, '\'', ..] => (Part::Text, 3),
        _ => (Part::Code, 1),
    }
}

fn block_comment(rest: &[char]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0_usize;
    while at < rest.len() {
        match rest.get(at..) {
            Some(['/', '*', ..]) => {
                depth = depth.saturating_add(1);
                at = at.saturating_add(2);
            }
            Some(['*', '/', ..]) => {
                depth = depth.saturating_sub(1);
                at = at.saturating_add(2);
                if depth == 0 {
                    break;
                }
            }
            _ => at = at.saturating_add(1),
        }
    }
    at.min(rest.len())
}

fn quoted(rest: &[char]) -> usize {
    let mut escaped = false;
    for (at, c) in rest.iter().enumerate().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at.saturating_add(1),
            _ => {}
        }
    }
    rest.len()
}

/// The length of `r"…"` or `r#"…"#`; nothing for a raw identifier such as `r#type`.
fn raw(rest: &[char]) -> Option<usize> {
    let hashes = rest.iter().skip(1).take_while(|c| **c == '#').count();
    let start = hashes.saturating_add(1);
    if rest.get(start) != Some(&'"') {
        return None;
    }
    let closes = |at: usize| {
        let tail = rest.get(at.saturating_add(1)..).unwrap_or_default();
        rest.get(at) == Some(&'"') && tail.iter().take(hashes).filter(|c| **c == '#').count() == hashes
    };
    let end = (start.saturating_add(1)..rest.len()).find(|at| closes(*at))?;
    Some(end.saturating_add(hashes).saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_blanked_and_lines_stay() {
        let source =
            "let a = \"x // y\"; // say \"z\"\nlet b = r#\"q\"w\"#; /* c /* d */ e */ f('\"', 'g, '\\'');\n";
        let code = keep(source, Keep::Code);
        assert_eq!(code.lines().count(), 2);
        assert_eq!(code.lines().next().unwrap().trim_end(), "let a =         ;");
        for gone in ["x", "y", "say", "q", "w", "d"] {
            assert!(!has_word(&code, gone), "{gone} in {code}");
        }
        assert!(has_word(&code, "f") && has_word(&code, "g"), "{code}");
        let strings = keep(source, Keep::Strings);
        assert!(strings.contains("x // y") && strings.contains("q\"w"), "{strings}");
        assert!(!strings.contains('z'), "{strings}");
    }

    #[test]
    fn test_code_begins_at_an_inline_test_module_but_not_at_a_declared_one() {
        let file = |text: &str| File::new(PathBuf::from("crates/a/src/lib.rs"), text.to_owned());
        assert_eq!(file("fn a() {}\n#[cfg(test)]\nmod tests {\n}\n").first_test_line(), 2);
        assert_eq!(file("#[cfg(test)]\nmod tests;\nfn a() {}\n").first_test_line(), usize::MAX);
        let own = File::new(PathBuf::from("crates/a/src/hold/tests.rs"), String::new());
        assert_eq!(own.first_test_line(), 1);
    }

    #[test]
    fn a_word_is_found_only_whole() {
        assert!(has_word("fn f(tx: &mut Tx)", "Tx"));
        assert!(!has_word("struct TxId; MyTx", "Tx"));
        assert!(calls("time::sleep(d)", "sleep"));
        assert!(!calls("fn does_not_sleep()", "sleep"));
    }
}
