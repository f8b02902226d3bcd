//! The command `everlit keys` as a process that can be killed.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails loudly")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use db::params;
use everlit::assemble::Core;
use everlit::config::Config;

const DRAFTS: i64 = 6_000;

fn everlit(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_everlit"));
    command.args(arguments).env("EVERLIT_DATA", data).env("EVERLIT_LOG", "warn");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(data: &Path, arguments: &[&str]) -> Output {
    let done = everlit(data, arguments).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{arguments:?}: {said}");
    done
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn config(data: &Path) -> Config {
    let variables = [("EVERLIT_DATA".to_owned(), data.display().to_string())];
    Config::parse("", variables.into_iter()).unwrap()
}

/// Many forms that are being filled in.
async fn fill(data: &Path) {
    let core = Core::beside(&config(data)).await.unwrap();
    let cx = &core.cx;
    let mut tx = cx.begin().await.unwrap();
    for id in 1..=DRAFTS {
        let answers = cx.vault.seal_text(&*cx.rng, "draft.answers", &format!("{{\"n\":{id}}}")).unwrap();
        let sql = "INSERT INTO draft (id, customer_id, service, service_version, offering, quantity, answers, idem, revision,
                                      created_at, updated_at)
                   VALUES ($1, 1, 's', 1, 'o', 1, $2, 'i', 1, 0, 0)";
        tx.raw(sql, params![id, answers]).await.unwrap();
    }
    tx.commit().await.unwrap();
    core.close().await.unwrap();
}

/// Every value opens, and how many lie under each key.
async fn look(data: &Path) -> Vec<(u32, usize)> {
    let core = Core::beside(&config(data)).await.unwrap();
    let rows = core
        .cx
        .read()
        .await
        .unwrap()
        .raw("SELECT id, answers FROM draft ORDER BY id", Vec::new())
        .await
        .unwrap();
    let mut numbers = std::collections::BTreeMap::new();
    for row in &rows {
        let mut r = row.reader();
        let (id, sealed): (i64, Vec<u8>) = (r.get().unwrap(), r.get().unwrap());
        assert_eq!(core.cx.vault.open_text("draft.answers", &sealed).unwrap(), format!("{{\"n\":{id}}}"));
        *numbers.entry(vault::key_number(&sealed).unwrap()).or_insert(0) += 1;
    }
    core.close().await.unwrap();
    numbers.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_killed_in_the_middle_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    fill(data).await;
    let mut child = everlit(data, &["keys", "rotate"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while !lines.next().unwrap().unwrap().contains("key 2 seals from now on") {}
    // Some of it is done when the power goes.
    let db = db::Db::open(&format!("sqlite:{}", data.join("everlit.db").display())).await.unwrap();
    loop {
        let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM draft WHERE substr(answers, 1, 2) = $1";
        let done: i64 = db.read().await.unwrap().raw(sql, vec![db::Value::Bytes(vec![1, 2])]).await.unwrap()
            [0]
        .reader()
        .get()
        .unwrap();
        if done > 0 {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    drop(db);
    let between = look(data).await;
    assert!(between.len() == 2, "killed in the middle: {between:?}");
    let status = said(&run(data, &["keys", "status"]));
    assert!(status.contains("old") && !status.contains("\n0 value(s)"), "{status}");
    let again = said(&run(data, &["keys", "rotate"]));
    assert!(again.contains("going on with key 2") && again.contains("key 1 is retired"), "{again}");
    assert_eq!(look(data).await, [(2, usize::try_from(DRAFTS).unwrap())]);
    let status = said(&run(data, &["keys", "status"]));
    assert!(status.contains("0 value(s) under a key that is not current"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_master_key_takes_the_place_of_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    run(data, &["keys", "status"]);
    let new = data.join("new.key");
    let told = said(&run(data, &["keys", "rewrap", "--new-master", new.to_str().unwrap()]));
    assert!(told.contains("3 data key(s) wrapped by local:"), "{told}");
    let old = std::fs::read_to_string(data.join("master.key")).unwrap();
    let refused = everlit(data, &["keys", "status"]).output().unwrap();
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && why.contains("put that master key back"), "{why}");
    assert!(!why.contains(old.trim()), "no key is ever shown");
    std::fs::rename(&new, data.join("master.key")).unwrap();
    let status = said(&run(data, &["keys", "status"]));
    assert!(status.contains("current"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn indexes_are_made_anew_while_nothing_serves_and_the_status_says_which_keys_end() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    run(data, &["keys", "status"]);
    let other = Core::beside(&config(data)).await.unwrap();
    let refused = everlit(data, &["keys", "reindex"]).output().unwrap();
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && why.contains("stop every server"), "{why}");
    other.close().await.unwrap();
    let done = said(&run(data, &["keys", "reindex"]));
    assert!(done.contains("index key 2 is made") && done.contains("made anew by key 2"), "{done}");
    let status = said(&run(data, &["keys", "status"]));
    let retired = status.lines().find(|line| line.contains("retired")).unwrap();
    assert!(retired.starts_with("index       1"), "{status}");
    // Ninety days from now it is destroyed: a date stands where others have none.
    let current = status.lines().find(|line| line.contains("current")).unwrap();
    assert!(retired.matches('T').count() == 2 && current.matches('T').count() == 1, "{status}");
}
