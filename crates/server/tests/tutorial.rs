//! The tutorial of `docs/tutorial-curl.md` is executed as it stands, against a demo of its own.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// Ends with the test, whatever happens.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The blocks that are marked to be run, in their order.
fn script() -> String {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/tutorial-curl.md");
    let text = std::fs::read_to_string(page).unwrap();
    let mut script = String::new();
    let mut inside = false;
    for line in text.lines() {
        match line.trim_end() {
            "```sh run" => inside = true,
            "```" => inside = false,
            code if inside => {
                script.push_str(code);
                script.push('\n');
            }
            _ => {}
        }
    }
    script
}

#[test]
fn every_command_of_the_tutorial_works() {
    let script = script();
    assert!(script.contains("Idempotency-Key"), "the page has blocks marked `sh run`");
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Demo(
        Command::new(env!("CARGO_BIN_EXE_everlit"))
            .args(["demo", "--fresh", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let mut lines = BufReader::new(demo.0.stdout.take().unwrap()).lines();
    let base = lines
        .find_map(|line| {
            line.unwrap().split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned)
        })
        .unwrap_or_else(|| panic!("the demo says where it is"));
    // Somebody has to read what it says, or it would wait for that.
    let reader = std::thread::spawn(move || lines.for_each(drop));
    let done = Command::new("sh").arg("-c").arg(&script).env("BASE", base).output().unwrap();
    let said =
        format!("{}\n{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{said}");
    drop(demo);
    drop(reader.join());
}
