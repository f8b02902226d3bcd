//! Which passwords are taken, and how they are kept.

use kernel::{Refusal as _, SeededRng};

use super::*;

fn code(password: &str) -> &'static str {
    code_at(password, BESIDE)
}

fn code_at(password: &str, least: usize) -> &'static str {
    check_password(password, &["+8613800138000", "lin.xiaoman@example.com"], least)
        .map_or_else(|error| error.code, |_| "ok")
}

#[test]
fn a_password_that_is_the_only_factor_has_fifteen_characters_and_what_is_worse_is_said_first() {
    for (password, want) in [
        ("门前有一棵大枣树", "identity.password_short"),
        ("dragon-Teapot1", "identity.password_short"),
        ("dragon-Teapot17", "ok"),
        ("门前有一棵大枣树，秋天满地红枣", "ok"),
        ("Dragon!2025", "identity.password_common"),
        ("13800138000", "identity.password_personal"),
        ("短", "identity.password_short"),
    ] {
        assert_eq!(code_at(password, ALONE), want, "{password}");
    }
    let hasher = Hasher::new(Cost::CHEAP, &SeededRng::new(1)).unwrap();
    assert_eq!(hasher.least(), ALONE);
    assert_eq!(hasher.clone().with_least(10).least(), 10);
    assert_eq!(hasher.with_least(3).least(), BESIDE, "no operator asks for fewer");
}

#[test]
fn length_counts_and_composition_does_not() {
    for (password, want) in [
        ("", "identity.password_empty"),
        ("枣树枣树枣树枣", "identity.password_short"),
        ("门前有一棵大枣树", "ok"),
        ("correct horse battery", "ok"),
        ("        a", "ok"),
        ("🦀🦀🦀🦀🐟🐟🐟🐟", "ok"),
        ("password", "identity.password_common"),
        ("PassWord123", "identity.password_common"),
        ("password!!!", "identity.password_common"),
        ("ｐａｓｓｗｏｒｄ", "identity.password_common"),
        ("88888888", "identity.password_common"),
        ("12345678", "identity.password_common"),
        ("9876543210", "identity.password_common"),
        ("1234567890123", "identity.password_common"),
        ("abcdefgh", "identity.password_common"),
        ("woaini1314", "identity.password_common"),
        ("13800138000", "identity.password_personal"),
        ("138 0013 8000", "identity.password_personal"),
        ("+8613800138000", "identity.password_personal"),
        ("Lin.Xiaoman", "identity.password_personal"),
        ("lin.xiaoman@example.com", "identity.password_personal"),
        ("linxiaoman88", "identity.password_personal"),
        ("everlit2026", "identity.password_personal"),
        ("长明灯长明灯", "identity.password_short"),
        ("P@ssw0rd2024", "identity.password_common"),
        ("Dragon!2025", "identity.password_common"),
        ("20080808", "identity.password_common"),
        ("abc1abc1abc1", "identity.password_common"),
        ("1qaz2wsx3edc", "identity.password_common"),
        ("POIUYTREWQ", "identity.password_common"),
        ("dragon-Teapot-17", "ok"),
        ("everlit keeps my lamp", "ok"),
        ("19871332", "ok"),
    ] {
        assert_eq!(code(password), want, "{password}");
    }
    assert_eq!(code(&"长".repeat(128)), "identity.password_common", "one character repeated");
    assert_eq!(code(&"长短".repeat(64)), "ok");
    assert_eq!(code(&"长短".repeat(65)), "identity.password_long");
    assert_eq!(code(&"x".repeat(1_000_000)), "identity.password_long");
}

#[test]
fn the_list_of_refused_words_is_lower_case_sorted_and_long_enough_to_matter() {
    let words: Vec<&str> = include_str!("common.txt").lines().collect();
    assert!(words.len() > 2000, "{}", words.len());
    assert!(words.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(words.iter().all(|word| word.chars().count() >= 8 && word.to_lowercase() == *word));
}

#[tokio::test]
async fn a_password_is_kept_as_argon2id_at_the_cost_that_owasp_asks_for() {
    let rng = SeededRng::new(1);
    let hasher = Hasher::new(Cost::OWASP, &rng).unwrap();
    let hash = hasher.hash(&rng, "门前有一棵枣树").await.unwrap();
    assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.0);
    assert!(hasher.verify(Some(&hash), "门前有一棵枣树").await.unwrap());
    assert!(!hasher.verify(Some(&hash), "门前有两棵枣树").await.unwrap());
    assert_ne!(hash, hasher.hash(&rng, "门前有一棵枣树").await.unwrap(), "every hash has its own salt");
}

#[tokio::test]
async fn letters_mean_the_same_however_a_keyboard_composes_them() {
    let rng = SeededRng::new(1);
    let hasher = Hasher::new(Cost::CHEAP, &rng).unwrap();
    let hash = hasher.hash(&rng, "cafe\u{301} ｌａｔｅ").await.unwrap();
    assert!(hasher.verify(Some(&hash), "caf\u{e9} late").await.unwrap());
}

#[tokio::test]
async fn without_an_account_the_answer_is_no_whatever_is_typed() {
    let rng = SeededRng::new(1);
    let hasher = Hasher::new(Cost::CHEAP, &rng).unwrap();
    for password in ["", "x", &"长".repeat(100_000)] {
        assert!(!hasher.verify(None, password).await.unwrap());
    }
}

#[tokio::test]
async fn w6_an_account_that_does_not_exist_costs_the_same_work() {
    let rng = SeededRng::new(1);
    let hasher = Hasher::new(Cost::OWASP, &rng).unwrap();
    let real = hasher.hash(&rng, "门前有一棵大枣树").await.unwrap();
    let work = |hash: &PasswordHash| hash.0.rsplitn(3, '$').last().unwrap().to_owned();
    assert_eq!(work(&real), "$argon2id$v=19$m=19456,t=2,p=1");
    assert_eq!(work(&real), work(hasher.dummy()));
}

#[tokio::test]
async fn more_at_once_than_can_be_checked_are_sent_away_to_come_back() {
    let hasher = Hasher::new(Cost::CHEAP, &SeededRng::new(1)).unwrap();
    let all = (0..400).map(|_| hasher.verify(None, "x"));
    let answers = futures_util::future::join_all(all).await;
    let busy: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    assert!(!busy.is_empty());
    assert!(busy.iter().all(|e| e.code() == "identity.busy" && e.retry_after_secs() == Some(5)));
}
