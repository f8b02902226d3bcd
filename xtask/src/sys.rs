//! The only place of `xtask` that touches the world directly: arguments, environment, clock, other programs.
#![expect(
    clippy::disallowed_methods,
    reason = "a development tool reads its own environment and clock; nothing of the product runs here"
)]

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Why a command ended badly, in words for the person at the terminal.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    pub fn new(text: impl Into<String>) -> Self {
        Failure(text.into())
    }

    /// The reason has been printed already; only the exit status is left to give.
    pub fn silent() -> Self {
        Failure(String::new())
    }

    pub fn is_silent(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure(error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Failure(format!("unexpected JSON: {error}"))
    }
}

pub type Result<T = ()> = std::result::Result<T, Failure>;

pub fn arguments() -> Vec<String> {
    std::env::args().skip(1).collect()
}

pub fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The folder of the workspace's `Cargo.toml`.
pub fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_path_buf()
}

/// Seconds since it was made.
pub struct Stopwatch(Instant);

impl Stopwatch {
    pub fn start() -> Self {
        Stopwatch(Instant::now())
    }

    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    /// `12.3 s`
    pub fn text(&self) -> String {
        let elapsed = self.elapsed();
        format!("{}.{} s", elapsed.as_secs(), elapsed.subsec_millis() / 100)
    }
}

/// Asks until the answer is `Some` or the time is over.
pub fn wait_for<T>(limit: Duration, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<Option<T>> {
    let since = Instant::now();
    loop {
        if let Some(answer) = ask()? {
            return Ok(Some(answer));
        }
        if since.elapsed() > limit {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The first executable of that name on the search path.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

pub fn cargo() -> Command {
    let mut command = Command::new(env("CARGO").unwrap_or_else(|| String::from("cargo")));
    command.current_dir(root());
    command
}

/// Runs a program with its output on the terminal; a failure names the command line.
pub fn run(command: &mut Command) -> Result {
    let status =
        command.stdin(Stdio::null()).status().map_err(|e| Failure::new(format!("{}: {e}", line(command))))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!("`{}` ended with {status}", line(command))))
    }
}

/// What a program prints on its standard output.
pub fn output(command: &mut Command) -> Result<String> {
    let out =
        command.stdin(Stdio::null()).output().map_err(|e| Failure::new(format!("{}: {e}", line(command))))?;
    if out.status.success() {
        return Ok(String::from_utf8_lossy(&out.stdout).into_owned());
    }
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    Err(Failure::new(format!("`{}` ended with {}\n{text}", line(command), out.status)))
}

/// Whether a program, run without any output, succeeds.
pub fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// The command line as a person would read it.
pub fn line(command: &Command) -> String {
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect();
    words.join(" ")
}

pub fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Takes `--name` out of the arguments and says whether it was there.
pub fn take_flag(args: &mut Vec<String>, name: &str) -> bool {
    let before = args.len();
    args.retain(|arg| arg != name);
    args.len() != before
}

/// Takes `--name VALUE` out of the arguments.
pub fn take_value(args: &mut Vec<String>, name: &str) -> Result<Option<String>> {
    let Some(at) = args.iter().position(|arg| arg == name) else { return Ok(None) };
    args.remove(at);
    if at < args.len() {
        Ok(Some(args.remove(at)))
    } else {
        Err(Failure::new(format!("{name} needs a value")))
    }
}

/// `cargo metadata` of the workspace; `extra` narrows it.
pub fn metadata(extra: &[String]) -> Result<serde_json::Value> {
    let text = output(cargo().args(["metadata", "--format-version", "1"]).args(extra))?;
    Ok(serde_json::from_str(&text)?)
}

/// Where cargo puts what it builds.
pub fn target_directory() -> Result<PathBuf> {
    let metadata = metadata(&[String::from("--no-deps")])?;
    metadata
        .get("target_directory")
        .and_then(serde_json::Value::as_str)
        .map(PathBuf::from)
        .ok_or_else(|| Failure::new("cargo metadata does not say where the target directory is"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_and_values_are_taken_out_and_the_rest_stays_in_order() {
        let mut args: Vec<String> = ["a", "--x", "--n", "5", "b"].map(String::from).to_vec();
        assert!(take_flag(&mut args, "--x"));
        assert!(!take_flag(&mut args, "--x"));
        assert_eq!(take_value(&mut args, "--n").unwrap().as_deref(), Some("5"));
        assert_eq!(args, ["a", "b"]);
        let mut short = vec![String::from("--n")];
        assert!(take_value(&mut short, "--n").is_err());
    }
}
