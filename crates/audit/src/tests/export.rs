//! An export proves itself, and no longer once anybody touched it.

use kernel::{Actor, Duration, PageRequest, Refusal as _, Role};
use serde_json::Value;
use testkit::{TestDb, db_test};

use super::{auditor, customer, write};
use crate::{Filter, MIGRATIONS, begin_export, search, verify, verify_export};

const WHY: &str = "yearly review";

async fn sixty(t: &TestDb) {
    t.migrate(&[MIGRATIONS]).await;
    for object in 0..60 {
        write(
            t,
            &customer(object % 4 + 1),
            if object % 5 == 0 { "order.place" } else { "box.open" },
            object,
            Some(object % 3 + 1),
        )
        .await;
        t.clock.advance(Duration::from_mins(10));
    }
}

async fn export(t: &TestDb, filter: &Filter) -> String {
    let mut export = begin_export(&t.cx, &auditor(t), filter.clone(), WHY).await.unwrap();
    let mut text = String::new();
    while let Some(part) = export.next(&t.cx).await.unwrap() {
        text.push_str(&part);
    }
    text
}

fn selection() -> Filter {
    Filter { verb: Some("box.open".to_owned()), ..Filter::default() }
}

/// What is found in a file of these lines: the number of the line, or nothing.
fn first_bad(lines: &[String]) -> Option<u64> {
    let text: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
    verify_export(text.concat().as_bytes()).unwrap().bad.map(|bad| bad.line)
}

#[db_test]
async fn w4_an_export_needs_the_permission_a_fresh_proof_and_a_reason_and_is_recorded(t: TestDb) {
    sixty(&t).await;
    let fresh = auditor(&t);
    let stale = fresh.clone().proved(t.cx.now().minus(Duration::from_secs(301)));
    let never = Actor {
        kind: kernel::ActorKind::account(kernel::AccountId(9), vec![Role::AUDITOR]),
        ..fresh.clone()
    };
    for (actor, why, code) in [
        (customer(1).proved(t.cx.now()), WHY, "audit.forbidden"),
        (Actor { kind: kernel::ActorKind::Anonymous, ..fresh.clone() }, WHY, "audit.forbidden"),
        (stale, WHY, "audit.proof_needed"),
        (never, WHY, "audit.proof_needed"),
        (fresh.clone(), " ok ", "audit.input"),
    ] {
        let refused = begin_export(&t.cx, &actor, Filter::default(), why).await.unwrap_err();
        assert_eq!(refused.code(), code);
    }
    let exports = Filter { verb: Some("audit.export".to_owned()), ..Filter::default() };
    let page = PageRequest::new(None, 10);
    assert!(search(&t.cx, &exports, &page).await.unwrap().items.is_empty());
    let text = export(&t, &selection()).await;
    let recorded = search(&t.cx, &exports, &page).await.unwrap().items;
    assert_eq!((recorded.len(), recorded[0].reason.as_deref()), (1, Some(WHY)));
    assert!(recorded[0].detail.contains("box.open"), "what was asked for: {}", recorded[0].detail);
    assert!(text.lines().next().unwrap().contains(WHY));
}

#[db_test]
async fn w4_a_whole_export_holds_every_entry_and_ends_where_the_chains_end(t: TestDb) {
    sixty(&t).await;
    let text = export(&t, &Filter::default()).await;
    let proof = verify_export(text.as_bytes()).unwrap();
    assert_eq!((proof.bad, proof.whole, proof.entries), (None, true, 61), "with the export itself");
    assert_eq!(proof.heads, verify(&t.cx).await.unwrap().heads);
    let entries: Vec<Value> =
        text.lines().skip(1).take(61).map(|line| serde_json::from_str(line).unwrap()).collect();
    for key in ["lane", "seq", "prev_hash", "hash"] {
        assert!(entries.iter().all(|entry| !entry[key].is_null()), "{key}");
    }
    // Only a part of the time: without gaps, from somewhere in each chain.
    let (from, to) =
        (testkit::START.plus(Duration::from_mins(95)), testkit::START.plus(Duration::from_mins(405)));
    let part = Filter { from: Some(from), to: Some(to), ..Filter::default() };
    let text = export(&t, &part).await;
    let proof = verify_export(text.as_bytes()).unwrap();
    assert_eq!((proof.bad, proof.whole, proof.entries), (None, true, 31));
    let none = Filter { from: Some(t.cx.now().plus(Duration::from_days(1))), ..Filter::default() };
    let proof = verify_export(export(&t, &none).await.as_bytes()).unwrap();
    assert_eq!((proof.bad, proof.entries), (None, 0));
}

#[db_test]
async fn w4_cut_moved_doubled_and_edited_lines_are_named(t: TestDb) {
    sixty(&t).await;
    for filter in [Filter::default(), selection()] {
        let text = export(&t, &filter).await;
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        assert_eq!(first_bad(&lines), None);
        let count = lines.len();
        for n in 0..count {
            let mut without = lines.clone();
            without.remove(n);
            let named = first_bad(&without).unwrap_or_else(|| panic!("line {} was taken out unseen", n + 1));
            // The line after the gap, or the end.
            assert!(named == u64::try_from(n + 1).unwrap() || n == 0, "taken out {}, named {named}", n + 1);
            let cut = &lines[..n];
            assert_eq!(first_bad(cut), Some(u64::try_from(n + 1).unwrap()), "cut before line {}", n + 1);
            let mut doubled = lines.clone();
            doubled.insert(n, lines[n].clone());
            assert_eq!(first_bad(&doubled), Some(u64::try_from(n + 2).unwrap()), "doubled {}", n + 1);
            if n + 1 < count {
                let mut swapped = lines.clone();
                swapped.swap(n, n + 1);
                let named = first_bad(&swapped)
                    .unwrap_or_else(|| panic!("{} and the next were swapped unseen", n + 1));
                assert_eq!(named, u64::try_from(n + 1).unwrap());
            }
        }
        // Half a line, at the end and in the middle.
        let half = &text.as_bytes()
            [..lines[..5].iter().map(|line| line.len() + 1).sum::<usize>() + lines[5].len() / 2];
        assert_eq!(verify_export(half).unwrap().bad.unwrap().line, 6);
        assert_eq!(verify_export(&b""[..]).unwrap().bad.unwrap().line, 1);
        assert_eq!(verify_export(&b"\xff\xfe{}\n"[..]).unwrap().bad.unwrap().line, 1);
    }
}

#[db_test]
async fn w4_each_member_of_each_sort_of_line_is_covered(t: TestDb) {
    sixty(&t).await;
    for filter in [Filter::default(), selection()] {
        let text = export(&t, &filter).await;
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let last = lines.len() - 1;
        for n in [0, 1, 8, last - 1, last] {
            let line: Value = serde_json::from_str(&lines[n]).unwrap();
            for key in line.as_object().unwrap().keys() {
                for changed in edits(&line, key) {
                    let mut edited = lines.clone();
                    edited[n] = changed.clone();
                    assert!(
                        first_bad(&edited).is_some(),
                        "{key} of line {} was changed unseen: {changed}",
                        n + 1
                    );
                }
            }
        }
    }
}

/// The line with one member changed in place, emptied, or gone. Written member by member, so that the others stay as they were.
fn edits(line: &Value, key: &str) -> Vec<String> {
    let object = line.as_object().unwrap();
    let other = match &object[key] {
        Value::String(text) if text.is_empty() => Value::from("x"),
        Value::String(text) => {
            let first = if text.starts_with('1') { "2" } else { "1" };
            Value::from(format!("{first}{}", text.chars().skip(1).collect::<String>()))
        }
        Value::Number(number) => Value::from(number.as_i64().unwrap() + 1),
        Value::Null => Value::from("1"),
        Value::Array(list) => Value::Array(list.iter().skip(1).cloned().collect()),
        Value::Object(_) | Value::Bool(_) => Value::from("x"),
    };
    let write = |value: Option<&Value>| {
        let members: Vec<String> = object
            .iter()
            .filter_map(|(name, old)| {
                let value = if name == key { value? } else { old };
                Some(format!("{}:{value}", Value::from(name.as_str())))
            })
            .collect();
        format!("{{{}}}", members.join(","))
    };
    // A member that says nothing may as well be absent.
    if object[key].is_null() { vec![write(Some(&other))] } else { vec![write(Some(&other)), write(None)] }
}
