//! Freezing, and both ways back.

use kernel::{Duration, Role};
use testkit::TestDb;

use super::*;
use crate::account::StateCommand;
use crate::signin::Proof;
use crate::testing::*;

#[testkit::db_test]
async fn the_owner_unfreezes_with_password_second_factor_and_code(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let id = lin(&t, &hasher).await;
    let nobody = anonymous(HOME);
    let begin = async |password: &str| {
        begin_unfreezing(cx, &hasher, &nobody, PHONE, password).await.map(|b| b.ticket)
    };
    assert_eq!(code_of(begin(PASSWORD).await), "identity.wrong_state", "it is not frozen");
    let (secret, codes) = with_app(&t, id).await;
    let me = acting(id, Role::CUSTOMER);
    change_state(cx, &me, id, StateCommand::Freeze, "本人冻结").await.unwrap();
    assert_eq!(code_of(begin("not this one").await), "identity.wrong_credentials");
    let ticket = begin(PASSWORD).await.unwrap();
    let code = newest_code(cx).await;
    let finish = async |ticket: &str, code: &str, proof: Proof| {
        finish_unfreezing(cx, &hasher, &nobody, ticket, (code, proof)).await
    };
    let app = || Proof::Totp(app_shows(&t, &secret));
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(code_of(finish("00ff", &code, app()).await), "identity.code_expired", "a made-up ticket");
    let weak = finish(&ticket, &code, Proof::Password(PASSWORD.to_owned())).await;
    assert_eq!(code_of(weak), "identity.factor_unfit");
    assert_eq!(code_of(finish(&ticket, wrong, app()).await), "identity.code_wrong");
    t.clock.advance(Duration::from_secs(30));
    finish(&ticket, &code, app()).await.unwrap();
    assert_eq!(code_of(sign_in(cx, &hasher, HOME, PHONE, PASSWORD).await), "ok");
    let again = finish(&ticket, &code, Proof::RecoveryCode(codes[0].clone())).await;
    assert_eq!(code_of(again), "identity.wrong_state");
}

#[testkit::db_test]
async fn what_staff_froze_or_has_no_second_factor_only_staff_unfreeze(t: TestDb) {
    let hasher = ready(&t).await;
    let cx = &t.cx;
    let admin = acting(account(cx, &hasher, "admin", Role::ADMINISTRATOR).await, Role::ADMINISTRATOR);
    let id = lin(&t, &hasher).await;
    let me = acting(id, Role::CUSTOMER);
    change_state(cx, &me, id, StateCommand::Freeze, "本人冻结").await.unwrap();
    let begin = async || code_of(begin_unfreezing(cx, &hasher, &anonymous(HOME), PHONE, PASSWORD).await);
    assert_eq!(begin().await, "identity.unfreeze_by_staff", "no second factor");
    change_state(cx, &admin, id, StateCommand::Unfreeze, "柜台核实").await.unwrap();
    with_app(&t, id).await;
    let officer = acting(account(cx, &hasher, "risk", Role::RISK_OFFICER).await, Role::RISK_OFFICER);
    change_state(cx, &officer, id, StateCommand::Freeze, "异常交易").await.unwrap();
    assert_eq!(begin().await, "identity.unfreeze_by_staff", "staff froze it");
    let refused = change_state(cx, &officer, id, StateCommand::Unfreeze, "误判").await;
    assert_eq!(code_of(refused), "identity.not_allowed", "freezing is easier than restoring");
    let told = told(&t).await;
    assert_eq!(told.iter().filter(|line| *line == "custom.security.frozen email").count(), 2);
}
