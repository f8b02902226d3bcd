//! Pages must live with `script-src 'self'; style-src 'self'` and Trusted Types: no inline style, handler or script.

use super::Finding;
use super::source::{File, Keep, Tree, keep, numbered};

/// The one way text becomes markup: through the Trusted Types policy that the header names.
const POLICY: &str = "policy.createHTML(";

const SCRIPT_BANS: &[(&str, &str)] = &[
    ("eval(", "no code from text"),
    ("new Function(", "no code from text"),
    ("document.write", "no markup from text"),
    ("insertAdjacentHTML", "markup is made by policy.createHTML only"),
    ("innerHTML", "markup is made by policy.createHTML only"),
    ("outerHTML", "markup is made by policy.createHTML only"),
    ("setAttribute(\"style\"", "use a class"),
    ("setAttribute('style'", "use a class"),
];

/// Text that is markup as it stands: pictures drawn from numbers and constants, once in each of these files.
const UNESCAPED: &str = "PreEscaped(";
const DRAWN: &[&str] =
    &["crates/web/src/ui/icon.rs", "crates/web/src/ui/ring.rs", "crates/web/src/ui/status.rs"];

pub fn findings(tree: &Tree) -> Vec<Finding> {
    let pages = tree.below("crates/web/", "rs").chain(tree.below("crates/sandbox/", "rs")).flat_map(in_page);
    let scripts = tree.below("crates/web/", "js").flat_map(in_script);
    pages.chain(scripts).collect()
}

fn in_page(file: &File) -> Vec<Finding> {
    let text = keep(&file.text, Keep::CodeAndStrings);
    let tests = file.first_test_line();
    let mut findings = Vec::new();
    let unescaped = numbered(&text).filter(|(line, text)| *line < tests && text.contains(UNESCAPED));
    let drawn = usize::from(DRAWN.contains(&file.path.as_str()));
    findings.extend(
        unescaped
            .skip(drawn)
            .map(|(line, _)| Finding::error(file.place(line), "unescaped text: let `maud` escape it")),
    );
    for (line, text) in numbered(&text).take_while(|(line, _)| *line < tests) {
        for attribute in attributes(text) {
            let handler = attribute.len() > 4
                && attribute.starts_with("on")
                && attribute.bytes().all(|b| b.is_ascii_lowercase());
            if handler {
                findings.push(Finding::error(
                    file.place(line),
                    format!("inline handler `{attribute}`: listen in a module"),
                ));
            } else if attribute == "style" {
                findings
                    .push(Finding::error(file.place(line), "inline style: use a class or an SVG attribute"));
            } else if attribute == "srcdoc" {
                findings.push(Finding::error(file.place(line), "srcdoc: no page inside an attribute"));
            }
        }
        if inline_element(text, "script") {
            findings.push(Finding::error(file.place(line), "inline script: serve it as a module"));
        }
        if inline_element(text, "style") {
            findings
                .push(Finding::error(file.place(line), "inline style sheet: put it into the style sheet"));
        }
    }
    findings
}

/// Names written as `name="`, `name=(`, `name=[` or `name={`: with no space before the sign, as markup is written and
/// formatted Rust is not.
fn attributes(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices('=').filter_map(|(at, _)| {
        let (head, tail) = (line.get(..at)?, line.get(at.saturating_add(1)..)?);
        let value = tail.trim_start_matches('\\');
        value.starts_with(['"', '(', '[', '{', '\'']).then_some(())?;
        let name = head.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).next()?;
        (!name.is_empty()).then_some(name)
    })
}

/// A `script` or `style` element with a body: in a template `script {` or `script type="x" {` without `src`, in text
/// `<script>`.
fn inline_element(line: &str, name: &str) -> bool {
    let open = line.trim_start();
    let template = open.strip_prefix(name).is_some_and(|rest| {
        let rest = rest.trim_end();
        rest.starts_with([' ', '{'])
            && rest.contains('{')
            && !rest.contains("src=")
            && !rest.contains(" = ")
            && !rest.contains("=>")
    });
    template || line.contains(&format!("<{name}>"))
}

fn in_script(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, text) in numbered(&file.text) {
        let code = text.split("//").next().unwrap_or_default();
        for (ban, why) in SCRIPT_BANS {
            let exempt = why.contains("policy") && code.contains(POLICY);
            if code.contains(ban) && !exempt {
                findings.push(Finding::error(file.place(line), format!("`{ban}`: {why}")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn check(path: &str, line: &str, expected: usize) {
        let found = findings(&tree(path, line));
        assert_eq!(found.len(), expected, "{line}: {found:?}");
    }

    #[test]
    fn markup_that_a_strict_policy_blocks_is_found() {
        for line in [
            "div style=\"color:red\" {}",
            "div style=(width) {}",
            "button onclick=\"go()\" {}",
            "let s = \"<a onmouseover=\\\"x\\\">\";",
            "script { (code) }",
            "p { (PreEscaped(words)) }",
            "script type=\"module\" {",
            "style { \"a{}\" }",
            "let s = \"<script>\";",
            "iframe srcdoc=(page) {}",
        ] {
            check("crates/web/src/ui/page.rs", line, 1);
        }
    }

    #[test]
    fn a_drawing_may_be_unescaped_once() {
        check("crates/web/src/ui/icon.rs", "PreEscaped(path)", 0);
        check("crates/web/src/ui/icon.rs", "PreEscaped(path)\nPreEscaped(words)", 1);
        check("crates/web/src/portal/home.rs", "PreEscaped(path)", 1);
    }

    #[test]
    fn ordinary_code_and_markup_pass() {
        for line in [
            "let style = \"wide\";",
            "script type=\"module\" src=(asset) {}",
            "link rel=\"stylesheet\" href=(asset);",
            "// style=\"x\" is not allowed",
            "let one = (1, 2);",
            "input data-once=\"1\";",
            "style => {}",
        ] {
            check("crates/web/src/ui/page.rs", line, 0);
        }
    }

    #[test]
    fn scripts_make_markup_by_the_policy_only() {
        check("crates/web/assets/js/live.js", "box.innerHTML = text;", 1);
        check("crates/web/assets/js/live.js", "box.innerHTML = policy.createHTML(text);", 0);
        check("crates/web/assets/js/live.js", "eval(policy.createHTML(text));", 1);
        check("crates/web/assets/js/live.js", "// innerHTML is not used here", 0);
    }
}
