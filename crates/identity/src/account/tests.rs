//! Registering, changing and freezing accounts.

use db::Value;
use durable::Cx;
use kernel::{Actor, Locale, Refusal as _, Role};
use testkit::TestDb;

use super::rules::{on, parse_email, parse_name};
use super::*;
use crate::Error;
use crate::freeze::change_state;
use crate::session::{authenticate, list_sessions};
use crate::testing::*;

mod risk;

#[testkit::db_test]
async fn registering_makes_an_unverified_customer_and_tells_whoever_listens(t: TestDb) {
    let hasher = ready(&t).await;
    let done =
        register(&t.cx, &hasher, &guard(&t.cx).await, &anonymous(HOME), registration(PHONE)).await.unwrap();
    assert_eq!(done.verification.masked_to, "138****8000");

    let profile = profile(&t.cx, &acting(done.account, Role::CUSTOMER)).await.unwrap();
    assert_eq!(profile.phone.as_deref(), Some("+8613800138000"));
    assert_eq!(profile.name.as_deref(), Some("林小满"));
    assert_eq!((profile.phone_verified, profile.roles), (false, vec![Role::CUSTOMER]));
    assert_eq!(audited(&t).await, ["account.register"]);
    let facts = t.raw("SELECT topic, payload FROM outbox", Vec::new()).await;
    let mut fact = facts.first().unwrap().reader();
    assert_eq!(fact.get::<String>().unwrap(), ACCOUNT_REGISTERED);
    let event: AccountRegistered = serde_json::from_str(&fact.get::<String>().unwrap()).unwrap();
    assert_eq!(event.account_id, done.account);
}

#[testkit::db_test]
async fn one_phone_number_in_any_spelling_has_one_account(t: TestDb) {
    let hasher = ready(&t).await;
    customer(&t.cx, &hasher).await;
    for same in [PHONE, "+8613800138000", "１３８００１３８０００"] {
        let again = register(&t.cx, &hasher, &guard(&t.cx).await, &anonymous(HOME), registration(same)).await;
        assert_eq!(code_of(again), "identity.already_registered", "{same}");
    }
    register(&t.cx, &hasher, &guard(&t.cx).await, &anonymous(HOME), registration("Lin@Example.com"))
        .await
        .unwrap();
    let again =
        register(&t.cx, &hasher, &guard(&t.cx).await, &anonymous(HOME), registration("lin@example.COM"))
            .await;
    assert_eq!(code_of(again), "identity.already_registered");
}

#[testkit::db_test]
async fn of_twenty_at_once_with_one_phone_number_one_gets_the_account(t: TestDb) {
    let hasher = ready(&t).await;
    let actor = anonymous(HOME);
    let guard = guard(&t.cx).await;
    let all = (0..20).map(|_| register(&t.cx, &hasher, &guard, &actor, registration(PHONE)));
    let codes: Vec<_> = futures_util::future::join_all(all).await.into_iter().map(code_of).collect();
    assert_eq!(codes.iter().filter(|code| **code == "ok").count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == "identity.already_registered").count(), 19, "{codes:?}");
}

#[testkit::db_test]
async fn registering_from_one_address_slows_down(t: TestDb) {
    let hasher = ready(&t).await;
    let mut codes = Vec::new();
    for number in 0..31 {
        let input = registration(&format!("1390000{number:04}"));
        codes.push(code_of(register(&t.cx, &hasher, &guard(&t.cx).await, &anonymous(HOME), input).await));
    }
    assert_eq!(codes.pop(), Some("identity.too_many_tries"));
    assert!(codes.iter().all(|code| *code == "ok"), "{codes:?}");
    let elsewhere =
        register(&t.cx, &hasher, &guard(&t.cx).await, &anonymous("192.0.2.9"), registration(PHONE)).await;
    assert_eq!(code_of(elsewhere), "ok");
}

#[testkit::db_test]
async fn every_mistake_of_a_form_is_told_at_once(t: TestDb) {
    let hasher = ready(&t).await;
    let check = |contact: &'static str,
                 name: &'static str,
                 password: &'static str,
                 want: &'static [&'static str]| {
        let (cx, hasher) = (t.cx.clone(), hasher.clone());
        async move {
            let input = Register {
                contact: contact.to_owned(),
                name: Some(name.to_owned()),
                password: password.to_owned(),
                locale: Locale::En,
            };
            let error = register(&cx, &hasher, &guard(&cx).await, &anonymous(HOME), input).await.unwrap_err();
            let codes: Vec<_> = error.fields().iter().map(|f| format!("{} {}", f.pointer, f.code)).collect();
            assert_eq!(codes, want, "{contact}");
        }
    };
    check("", "", "", &["/contact identity.contact_empty", "/password identity.password_empty"]).await;
    check(
        "12345",
        "a\u{202E}b",
        "short",
        &[
            "/contact identity.phone_format",
            "/name identity.name_hidden",
            "/password identity.password_short",
        ],
    )
    .await;
    check("a@b", "林", PASSWORD, &["/contact identity.email_format"]).await;
    check("'; DROP TABLE account; --", "", PASSWORD, &["/contact identity.phone_format"]).await;
    check("13800138000", "", "13800138000", &["/password identity.password_personal"]).await;
    assert!(audited(&t).await.is_empty());
}

#[test]
fn email_addresses_are_read_as_people_type_them() {
    for (text, want) in [
        (" Lin@Example.COM ", Some("lin@example.com")),
        ("lin.x+tag@mail.example.cn", Some("lin.x+tag@mail.example.cn")),
        ("ｌｉｎ＠ｅｘａｍｐｌｅ．ｃｏｍ", Some("lin@example.com")),
        ("lin@example", None),
        ("@example.com", None),
        ("lin@.com", None),
        ("lin..x@example.com", None),
        ("lin@-a.com", None),
        ("lin x@example.com", None),
        ("lin@example.com\nBcc: all@example.com", None),
        ("a@b@example.com", None),
    ] {
        assert_eq!(parse_email(text).ok().as_ref().map(Contact::as_str), want, "{text}");
    }
}

#[test]
fn names_of_any_script_are_taken_and_hidden_characters_are_not() {
    for (text, want) in [
        ("  林  小满 ", Ok(Some("林 小满".to_owned()))),
        ("", Ok(None)),
        ("O'Brien <b>", Ok(Some("O'Brien <b>".to_owned()))),
        ("محمد", Ok(Some("محمد".to_owned()))),
        ("😀", Ok(Some("😀".to_owned()))),
        ("a\u{202E}b", Err("identity.name_hidden")),
        ("a\u{0}b", Err("identity.name_hidden")),
    ] {
        assert_eq!(parse_name(text).map_err(|error| error.code), want, "{text}");
    }
    assert_eq!(parse_name(&"长".repeat(51)).map_err(|error| error.code), Err("identity.name_long"));
}

#[testkit::db_test]
async fn personal_data_is_nowhere_in_clear(t: TestDb) {
    let hasher = ready(&t).await;
    customer(&t.cx, &hasher).await;
    register(&t.cx, &hasher, &guard(&t.cx).await, &anonymous(HOME), registration("xiaoman@example.com"))
        .await
        .unwrap();
    sign_in(&t.cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    sign_in(&t.cx, &hasher, HOME, PHONE, "wrong").await.unwrap_err();
    let secrets = ["13800138000", "xiaoman", "林小满", PASSWORD, HOME, "Firefox"];
    for table in
        ["account", "session", "one_time_code", "throttle", "message", "job", "outbox", "audit_entry"]
    {
        for row in t.raw(&format!("SELECT * FROM {table}"), Vec::new()).await {
            for value in row.values() {
                let text = match value {
                    Value::Text(text) => text.clone(),
                    Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                    _ => continue,
                };
                assert!(secrets.iter().all(|secret| !text.contains(secret)), "{table}: {text}");
            }
        }
    }
}

#[testkit::db_test]
async fn accounts_of_any_role_are_made_by_the_system_and_by_administrators_only(t: TestDb) {
    let hasher = ready(&t).await;
    let admin = account(&t.cx, &hasher, "admin", Role::ADMINISTRATOR).await;
    let new = |roles: Vec<Role>| NewAccount {
        phone: Some("13900000001".to_owned()),
        email: Some("desk@example.com".to_owned()),
        name: None,
        password: PASSWORD.to_owned(),
        roles,
        locale: Locale::En,
    };
    for (actor, roles, want) in [
        (anonymous(HOME), vec![Role::CUSTOMER], "identity.sign_in_needed"),
        (acting(admin, Role::OPERATOR), vec![Role::CUSTOMER], "identity.not_allowed"),
        (acting(admin, Role::ADMINISTRATOR), vec![], "identity.invalid"),
        (acting(admin, Role::ADMINISTRATOR), vec![Role::CUSTOMER, Role::OPERATOR], "identity.invalid"),
        (acting(admin, Role::ADMINISTRATOR), vec![Role::ADMINISTRATOR, Role::OPERATOR], "ok"),
    ] {
        assert_eq!(code_of(create_account(&t.cx, &hasher, &actor, new(roles)).await), want);
    }
    let nothing = NewAccount { phone: None, email: None, ..new(vec![Role::CUSTOMER]) };
    let error = create_account(&t.cx, &hasher, &Actor::system("test"), nothing).await.unwrap_err();
    assert_eq!(error.fields().first().unwrap().code, "identity.contact_empty");
    let session = sign_in(&t.cx, &hasher, HOME, "desk@example.com", PASSWORD).await.unwrap();
    assert_eq!(session.roles, [Role::ADMINISTRATOR, Role::OPERATOR]);
    let facts = t.raw("SELECT topic FROM outbox", Vec::new()).await;
    assert!(facts.is_empty(), "staff have no wallet");
}

#[test]
fn the_states_of_an_account() {
    let mut table = String::new();
    for state in AccountState::ALL {
        for command in StateCommand::ALL {
            let next = on(state, command).map_or("refused", AccountState::name);
            table.push_str(&format!("{} + {command:?} = {next}\n", state.name()));
        }
    }
    insta::assert_snapshot!(table.trim_end(), @r"
    active + Freeze = frozen
    active + Unfreeze = refused
    active + Close = closed
    frozen + Freeze = refused
    frozen + Unfreeze = active
    frozen + Close = closed
    closed + Freeze = refused
    closed + Unfreeze = refused
    closed + Close = refused
    ");
}

#[testkit::db_test]
async fn freezing_ends_every_session_and_only_an_administrator_undoes_it(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let admin = acting(account(cx, &hasher, "admin", Role::ADMINISTRATOR).await, Role::ADMINISTRATOR);
    let id = customer(cx, &hasher).await;
    let me = acting(id, Role::CUSTOMER);
    let session = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    assert!(authenticate(cx, session.token.expose()).await.unwrap().is_some());

    change_state(cx, &me, id, StateCommand::Freeze, "手机丢了").await.unwrap();
    assert!(authenticate(cx, session.token.expose()).await.unwrap().is_none());
    let refused = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await;
    assert_eq!(code_of(refused), "identity.account_frozen");
    let wrong = sign_in(cx, &hasher, HOME, PHONE, "not this one").await;
    assert_eq!(code_of(wrong), "identity.wrong_credentials", "only who knows the password learns that");

    let cases = [
        (&me, StateCommand::Unfreeze, "我想用", "identity.not_allowed"),
        (&anonymous(HOME), StateCommand::Unfreeze, "我想用", "identity.sign_in_needed"),
        (&admin, StateCommand::Freeze, "再冻一次", "identity.wrong_state"),
        (&admin, StateCommand::Unfreeze, " ", "identity.invalid"),
        (&admin, StateCommand::Unfreeze, "本人到柜台核实", "ok"),
        (&admin, StateCommand::Close, "本人申请", "ok"),
        (&admin, StateCommand::Unfreeze, "反悔", "identity.wrong_state"),
    ];
    for (actor, command, reason, want) in cases {
        assert_eq!(code_of(change_state(cx, actor, id, command, reason).await), want, "{command:?} {reason}");
    }
    assert_eq!(code_of(sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await), "identity.account_closed");
    let own = change_state(cx, &admin, admin.account().unwrap(), StateCommand::Close, "再见").await;
    assert_eq!(code_of(own), "identity.own_account");
    let nobody = change_state(cx, &admin, kernel::AccountId(1), StateCommand::Close, "没有这人").await;
    assert_eq!(code_of(nobody), "identity.not_found");
}

#[testkit::db_test]
async fn a_changed_password_ends_the_other_sessions_and_the_old_password(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let me = acting(customer(cx, &hasher).await, Role::CUSTOMER);
    let here = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    let there = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    let change = |current: &str, new: &str| ChangePassword {
        current: current.to_owned(),
        new: new.to_owned(),
        others: Others::End,
    };

    let wrong = change_password(cx, &hasher, &me, here.id, change("not this one", "another good one")).await;
    assert_eq!(code_of(wrong), "identity.wrong_credentials");
    let weak = change_password(cx, &hasher, &me, here.id, change(PASSWORD, "+8613800138000")).await;
    assert_eq!(code_of(weak), "identity.invalid");
    change_password(cx, &hasher, &me, here.id, change(PASSWORD, "another good one")).await.unwrap();

    assert!(authenticate(cx, here.token.expose()).await.unwrap().is_some());
    assert!(authenticate(cx, there.token.expose()).await.unwrap().is_none());
    assert_eq!(code_of(sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await), "identity.wrong_credentials");
    assert_eq!(code_of(sign_in(cx, &hasher, HOME, PHONE, "another good one").await), "ok");
}

#[testkit::db_test]
async fn a_short_password_goes_on_working_and_a_new_one_is_long_or_stands_beside_a_second_factor(t: TestDb) {
    const SHORT: &str = "门前有一棵大枣树";
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let anybody = anonymous(HOME);
    let short = Register { password: SHORT.to_owned(), ..registration(PHONE) };
    assert_eq!(code_of(register(cx, &hasher, &guard(cx).await, &anybody, short).await), "identity.invalid");
    let short = Register { password: SHORT.to_owned(), ..registration(PHONE) };
    let id =
        register(cx, &hasher.clone().with_least(8), &guard(cx).await, &anybody, short).await.unwrap().account;
    let here = sign_in(cx, &hasher, HOME, PHONE, SHORT).await.unwrap();
    let change = |current: &str| ChangePassword {
        current: current.to_owned(),
        new: "秋天满地红枣子".repeat(2),
        others: Others::End,
    };
    let me = acting(id, Role::CUSTOMER);
    let alone = change_password(cx, &hasher, &me, here.id, change(SHORT)).await;
    assert_eq!(code_of(alone), "identity.invalid", "fourteen characters");
    with_app(&t, id).await;
    let me = me.proved(cx.now());
    change_password(cx, &hasher, &me, here.id, change(SHORT)).await.unwrap();
}

#[testkit::db_test]
async fn name_and_preferences_are_kept_for_every_device(t: TestDb) {
    let hasher = ready(&t).await;
    let me = acting(customer(&t.cx, &hasher).await, Role::CUSTOMER);
    let wish = Preferences { locale: Locale::En, theme: Theme::Dark, text_size: TextSize::Large };
    set_preferences(&t.cx, &me, wish).await.unwrap();
    set_name(&t.cx, &me, "Lin Xiaoman").await.unwrap();
    let session = sign_in(&t.cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    assert_eq!(session.preferences, wish);
    let signed_in = authenticate(&t.cx, session.token.expose()).await.unwrap().unwrap();
    assert_eq!(signed_in.preferences, wish);
    assert_eq!(profile(&t.cx, &me).await.unwrap().name.as_deref(), Some("Lin Xiaoman"));
    set_name(&t.cx, &me, " ").await.unwrap();
    assert_eq!(profile(&t.cx, &me).await.unwrap().name, None);
}

#[testkit::db_test]
async fn others_can_write_to_an_account_in_its_language(t: TestDb) {
    let hasher = ready(&t).await;
    let id = customer(&t.cx, &hasher).await;
    let mut tx = t.cx.read().await.unwrap();
    let point = contact_of(&mut tx, &t.cx, id).await.unwrap().unwrap();
    assert_eq!((point.contact.as_str(), point.locale), ("+8613800138000", Locale::Zh));
    assert_eq!(point.channel(), notify::Channel::Sms);
    assert!(contact_of(&mut tx, &t.cx, kernel::AccountId(1)).await.unwrap().is_none());
}

#[testkit::db_test]
async fn nobody_signed_in_is_told_to_sign_in(t: TestDb) {
    ready(&t).await;
    let (cx, nobody): (&Cx, _) = (&t.cx, anonymous(HOME));
    let refusals: Vec<Result<(), Error>> = vec![
        profile(cx, &nobody).await.map(drop),
        set_name(cx, &nobody, "x").await,
        set_preferences(cx, &nobody, Preferences::default()).await,
        list_sessions(cx, &nobody).await.map(drop),
        crate::code::resend_code(cx, &nobody).await.map(drop),
        crate::code::verify_contact(cx, &nobody, "123456").await,
    ];
    assert!(refusals.into_iter().all(|refusal| code_of(refusal) == "identity.sign_in_needed"));
}

#[testkit::db_test]
async fn w8_with_a_second_factor_the_password_changes_only_after_a_fresh_proof(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = lin(&t, &hasher).await;
    with_app(&t, id).await;
    let here = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    let stale = acting(id, Role::CUSTOMER);
    let change = || ChangePassword {
        current: PASSWORD.to_owned(),
        new: "another good one".to_owned(),
        others: Others::End,
    };
    let refused = change_password(cx, &hasher, &stale, here.id, change()).await;
    assert_eq!(code_of(refused), "identity.proof_needed");
    let me = stale.proved(cx.now());
    change_password(cx, &hasher, &me, here.id, change()).await.unwrap();
    assert!(told(&t).await.contains(&"custom.security.password_changed email".to_owned()));
}

#[testkit::db_test]
async fn the_other_sessions_stay_where_that_is_wished(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = lin(&t, &hasher).await;
    let here = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    let there = sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await.unwrap();
    let input = ChangePassword {
        current: PASSWORD.to_owned(),
        new: "another good one".to_owned(),
        others: Others::Keep,
    };
    change_password(cx, &hasher, &acting(id, Role::CUSTOMER), here.id, input).await.unwrap();
    assert!(authenticate(cx, there.token.expose()).await.unwrap().is_some());
}
