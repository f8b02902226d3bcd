//! A PostgreSQL of our own in a temporary folder, on a free port of the loopback. It is gone when the value is
//! dropped, and also when this process is interrupted or killed: the server's parent is a small shell that stops it
//! as soon as its standard input closes.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::install::{self, Install};
use crate::sys::{self, Failure, Result};

/// What a lost power supply may cost.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// For tests: nothing is flushed.
    None,
    /// For measurements: an answer means the commit is on disk.
    Full,
}

const FORGETFUL: &[&str] = &[
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=128MB",
    // A run shares its disk with what was built.
    "max_wal_size=512MB",
    // Hundreds of scratch databases, each with its own schema.
    "max_locks_per_transaction=256",
];

const DURABLE: &[&str] = &[
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "shared_buffers=1GB",
    "max_wal_size=4GB",
    "checkpoint_timeout=15min",
];

const COMMON: &[&str] =
    &["listen_addresses=127.0.0.1", "max_connections=300", "timezone=UTC", "log_timezone=UTC"];

/// Stops the server as soon as this process is gone, whatever the reason. Its own process group keeps the
/// terminal's Ctrl-C away, so that tests still have a database while they end.
const KEEPER: &str = r#"
trap "" INT TERM HUP
folder=$1; shift
"$@" >"$folder/log" 2>&1 </dev/null &
server=$!
echo $server
cat >/dev/null
kill -INT $server 2>/dev/null
wait $server
rm -rf "$folder"
"#;

pub struct Settings {
    pub durability: Durability,
    /// `name=value`, after and so above our own.
    pub extra: Vec<String>,
    /// The folder under which the temporary folder is made.
    pub within: PathBuf,
    pub install: Install,
}

impl Settings {
    pub fn new(durability: Durability, install: Install) -> Self {
        Settings { durability, extra: Vec::new(), within: std::env::temp_dir(), install }
    }

    /// Takes every `--pg NAME=VALUE` and `--data DIR` out of the arguments.
    pub fn take_from(&mut self, args: &mut Vec<String>) -> Result {
        while let Some(setting) = sys::take_value(args, "--pg")? {
            self.extra.push(setting);
        }
        if let Some(folder) = sys::take_value(args, "--data")? {
            self.within = PathBuf::from(folder);
        }
        Ok(())
    }
}

pub struct Postgres {
    keeper: Child,
    bin: PathBuf,
    pub url: String,
}

impl Postgres {
    pub fn start(settings: &Settings) -> Result<Postgres> {
        let bin = install::postgres_programs(settings.install)?;
        // A free port may be taken between asking and using it.
        let mut last = Failure::silent();
        for _ in 0..3 {
            match Postgres::attempt(&bin, settings) {
                Ok(server) => return Ok(server),
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }

    fn attempt(bin: &Path, settings: &Settings) -> Result<Postgres> {
        let owner = owner()?;
        let port = free_port()?;
        let folder = settings.within.join(format!("everlit-postgres-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700))?;
        if let Some((uid, gid)) = owner {
            chown(&folder, Some(uid), Some(gid))?;
        }
        let data = folder.join("data");
        let mut initdb = Command::new(bin.join("initdb"));
        initdb.arg("--pgdata").arg(&data).current_dir(&folder);
        initdb.args(["--username=everlit", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]);
        sys::output(run_as(&mut initdb, owner))
            .inspect_err(|_| std::fs::remove_dir_all(&folder).unwrap_or_default())?;

        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "keeper"]).arg(&folder).arg(bin.join("postgres")).arg("-D").arg(&data);
        keeper.arg("-p").arg(port.to_string());
        keeper.arg("-c").arg(format!("unix_socket_directories={}", folder.display()));
        let own = if settings.durability == Durability::Full { DURABLE } else { FORGETFUL };
        for setting in COMMON.iter().chain(own).copied().chain(settings.extra.iter().map(String::as_str)) {
            keeper.arg("-c").arg(setting);
        }
        keeper.current_dir(&folder).process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut keeper = run_as(&mut keeper, owner).spawn()?;
        let mut pid = String::new();
        if let Some(stdout) = keeper.stdout.as_mut() {
            BufReader::new(stdout).read_line(&mut pid)?;
        }
        let url = format!("postgres://everlit@127.0.0.1:{port}/postgres");
        let server = Postgres { keeper, bin: bin.to_path_buf(), url };
        let ready = sys::wait_for(Duration::from_mins(1), || {
            if !is_alive(pid.trim()) {
                let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
                return Err(Failure::new(format!("PostgreSQL did not start:\n{log}")));
            }
            let mut question = Command::new(bin.join("pg_isready"));
            question
                .args(["--host=127.0.0.1", "--username=everlit", "--dbname=postgres"])
                .arg(format!("--port={port}"));
            Ok(sys::succeeds(&mut question).then_some(()))
        })?;
        ready.map(|()| server).ok_or_else(|| Failure::new("PostgreSQL did not answer within a minute"))
    }

    /// The settings that decide what a figure means, as the server reports them.
    pub fn describe(&self) -> Result<String> {
        let names = "'server_version','fsync','synchronous_commit','full_page_writes','wal_sync_method',\
                     'shared_buffers','max_wal_size','checkpoint_timeout','max_connections','data_directory'";
        let query = format!(
            "SELECT string_agg(name || '=' || current_setting(name), ' ' ORDER BY name) \
             FROM pg_settings WHERE name IN ({names})"
        );
        let mut psql = Command::new(self.bin.join("psql"));
        Ok(sys::output(psql.args(["-XAtc", &query]).arg(&self.url))?.trim().to_owned())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // Nothing is left to do with an error here; the keeper ends by itself in any case.
        drop(self.keeper.wait());
    }
}

/// `cargo xtask postgres`: a server to develop against, until its standard input or the terminal ends it.
pub fn stand(mut args: Vec<String>) -> Result {
    let durable = sys::take_flag(&mut args, "--durable");
    let mut settings =
        Settings::new(if durable { Durability::Full } else { Durability::None }, Install::Allowed);
    settings.take_from(&mut args)?;
    let server = Postgres::start(&settings)?;
    println!("{}\n{}", server.url, server.describe()?);
    println!("export EVERLIT_TEST_POSTGRES={}", server.url);
    // Ends with the standard input or by Ctrl-C; either way the keeper stops the server.
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}

/// A server that ended is a zombie until its keeper asks for it, so its mere existence says nothing.
fn is_alive(pid: &str) -> bool {
    match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => !stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('Z')),
        Err(_) => sys::succeeds(Command::new("kill").args(["-0", pid])),
    }
}

/// PostgreSQL refuses to run as root: then its files and processes belong to `postgres`, or to `nobody`.
fn owner() -> Result<Option<(u32, u32)>> {
    if !sys::is_root() {
        return Ok(None);
    }
    let people = std::fs::read_to_string("/etc/passwd")?;
    let find = |name: &str| {
        people.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == name).then_some(())?;
            Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
        })
    };
    find("postgres").or_else(|| find("nobody")).map(Some).ok_or_else(|| {
        Failure::new("PostgreSQL does not run as root, and there is no user `postgres` to run it as")
    })
}

fn run_as(command: &mut Command, owner: Option<(u32, u32)>) -> &mut Command {
    match owner {
        Some((uid, gid)) => command.uid(uid).gid(gid).env("HOME", "/nonexistent"),
        None => command,
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
