//! Beginning a question, asking it, taking an answer; levels; taking everything back.

use std::collections::HashMap;

use audit::Entry;
use connectors::{NameCheckError, NameQuestion, NameResult, OperationId};
use db::Tx;
use durable::{Cx, NewJob};
use kernel::{AccountId, Actor, Level, Permission, Text, Timestamp};
use notify::{Channel, NewMessage, Template};
use serde_json::{Value, json};

use crate::account::{self, AccountState, StoredAccount};
use crate::privacy::{self, ConsentPurpose};

use super::claim::{Claim, claim};
use super::error::Error;
use super::jobs::{CHECK_JOB, FIRST_LOOK};
use super::model::{
    Begun, Check, CheckId, CheckState, KnownPerson, NewCheck, Person, RealName, Standing, StoredCheck,
};
use super::{rules, store};

/// What is sealed here.
pub(crate) const SEALED: &[vault::SealedColumn] = &[
    vault::SealedColumn::new("real_name", "person_sealed", PERSON),
    vault::SealedColumn::new("name_check", "person_sealed", PERSON),
    vault::SealedColumn::new("identity_review", "person_sealed", PERSON),
];

/// What a person is found by, made from who they are. An erased review has nobody left to find.
pub(crate) const INDEXED: &[vault::IndexedColumn] = &[
    vault::IndexedColumn::new("real_name", "person_index", "person_sealed", PERSON)
        .made_by(NUMBER, number_of),
    vault::IndexedColumn::new("identity_review", "person_index", "person_sealed", PERSON)
        .made_by(NUMBER, number_of),
];

fn number_of(person: &[u8]) -> Option<String> {
    serde_json::from_slice::<Person>(person).ok().map(|person| person.number)
}

/// What the seal and the indexes are bound to.
const PERSON: &str = "identity.real_name.person";
const NUMBER: &str = "identity.real_name.number";
const REQUEST: &str = "identity.real_name.request";
/// What the provider is told the check is for.
const PURPOSE: &str = "real_name";
/// Longest key a caller may use.
const KEY_LENGTH: usize = 255;

/// How surely it is known who an account's person is. An unknown account has none.
pub async fn level_of(tx: &mut Tx, cx: &Cx, account: AccountId) -> Result<Level, Error> {
    Ok(levels_of(tx, cx, &[account]).await?.remove(&account).unwrap_or_default())
}

/// The same for several; unknown accounts are left out.
pub async fn levels_of(
    tx: &mut Tx,
    _: &Cx,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, Level>, Error> {
    if accounts.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = store::list_levels(tx, accounts).await?;
    Ok(rows.into_iter().map(|(id, contact, proved)| (id, rules::level(contact, proved))).collect())
}

/// Where the actor's own account stands.
pub async fn standing(room: &RealName, cx: &Cx, actor: &Actor) -> Result<Standing, Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    let mut tx = cx.read().await?;
    let level = level_of(&mut tx, cx, id).await?;
    let person = store::find_person(&mut tx, id).await?.filter(|person| person.slot.is_some());
    let person = person
        .map(|stored| {
            let clear = open_person(cx, &stored.person_sealed)?;
            let (name, number) = shown(&clear);
            Ok::<_, Error>(KnownPerson { name, number, holder: clear.holder, proved_at: stored.proved_at })
        })
        .transpose()?;
    let checks = store::list_checks(&mut tx, id).await?;
    let checks = checks.iter().map(|check| view(cx, check)).collect::<Result<Vec<_>, _>>()?;
    let counted = counted(&mut tx, cx, id).await?;
    let used = i64::try_from(counted.len()).unwrap_or(i64::MAX);
    let left = room.policy.checks_a_day.saturating_sub(used).max(0);
    Ok(Standing { level, person, offered: room.provider.is_some(), checks, left })
}

/// One of the actor's own questions.
pub async fn check(cx: &Cx, actor: &Actor, id: CheckId) -> Result<Check, Error> {
    let account = actor.account().ok_or(Error::SignInNeeded)?;
    let found = store::find_check(&mut cx.read().await?, id).await?;
    view(cx, &found.filter(|check| check.account == account).ok_or(Error::NotFound)?)
}

/// Writes a question and the job that sees to its end; [`ask`] then asks it while the person waits.
///
/// The same key with the same content is the same question, however often it is sent.
pub async fn begin(room: &RealName, cx: &Cx, actor: &Actor, input: NewCheck) -> Result<Begun, Error> {
    let id = actor.account().ok_or(Error::SignInNeeded)?;
    if !actor.may(Permission::ActAsCustomer) {
        return Err(Error::NotAllowed);
    }
    if room.provider.is_none() {
        return Err(Error::NotOffered);
    }
    let now = cx.now();
    let person = rules::parse_person(&input.name, &input.number, input.consent, rules::today(now))?;
    if !(1..=KEY_LENGTH).contains(&input.key.len()) {
        return Err(Error::KeyUsed);
    }
    let request_index = cx.vault.keyed(REQUEST, &format!("{}\n{}", person.number, person.name));
    let mut tx = cx.begin().await?;
    account_able(account::lock_account(&mut tx, id).await?)?;
    if let Some(kept) = store::find_by_key(&mut tx, id, &input.key).await? {
        let same = kept.request_index == request_index;
        return if same {
            Ok(Begun { check: view(cx, &kept)?, replayed: true })
        } else {
            Err(Error::KeyUsed)
        };
    }
    if store::find_person(&mut tx, id).await?.is_some_and(|known| known.slot.is_some()) {
        return Err(Error::AlreadyVerified);
    }
    if store::list_checks(&mut tx, id).await?.iter().any(|check| check.state == CheckState::Asking) {
        return Err(Error::Running);
    }
    let counted = counted(&mut tx, cx, id).await?;
    if let Some(refusal) = spent(room, &counted, now) {
        // That somebody goes on trying is worth knowing.
        let detail = json!({ "in_a_day": counted.len() });
        audit::record(&mut tx, cx, actor, entry(id, "real_name.throttled", detail)).await?;
        tx.commit().await?;
        return Err(refusal);
    }
    let check = StoredCheck {
        id: CheckId::new(&cx.ids, now),
        account: id,
        state: CheckState::Asking,
        person_sealed: Some(seal_person(cx, &person)?),
        request_key: input.key,
        request_index,
        consented_at: now,
        tries: 0,
        created_at: now,
        finished_at: None,
    };
    store::insert_check(&mut tx, &check).await?;
    privacy::note_consent(&mut tx, cx, id, ConsentPurpose::RealName).await?;
    let key = check.id.to_string();
    let payload = json!({ "check": check.id.raw() });
    let job = NewJob { kind: CHECK_JOB, key, payload, run_at: now.plus(FIRST_LOOK) };
    durable::enqueue(&mut tx, cx, job).await?;
    let detail = json!({ "check": check.id, "holder": person.holder, "consent": PURPOSE });
    audit::record(&mut tx, cx, actor, entry(id, "real_name.check", detail)).await?;
    tx.commit().await?;
    Ok(Begun { check: view(cx, &check)?, replayed: false })
}

/// When the oldest of too many questions leaves the window.
fn spent(room: &RealName, counted: &[Timestamp], now: Timestamp) -> Option<Error> {
    let most = usize::try_from(room.policy.checks_a_day).unwrap_or(0);
    let over = counted.len().checked_sub(most)?;
    let opens_at = counted.get(over).map_or(now, |at| at.plus(rules::DAY));
    Some(rules::too_many(opens_at.since(now)))
}

/// Beginnings of the questions of the last 24 hours that were answered or may be. One that nobody answered does not count.
async fn counted(tx: &mut Tx, cx: &Cx, account: AccountId) -> Result<Vec<Timestamp>, Error> {
    let rows = store::list_since(tx, account, cx.now().minus(rules::DAY)).await?;
    let answered = rows.into_iter().filter(|(state, _)| *state != CheckState::Unavailable);
    Ok(answered.map(|(_, at)| at).collect())
}

/// Asks the provider, outside any transaction, and keeps the answer if it is the first. May be called any number of times, by
/// anybody at once: the provider sees one request id.
pub async fn ask(room: &RealName, cx: &Cx, id: CheckId) -> Result<Check, Error> {
    let found = store::find_check(&mut cx.read().await?, id).await?.ok_or(Error::NotFound)?;
    let (CheckState::Asking, Some(sealed)) = (found.state, &found.person_sealed) else {
        return view(cx, &found);
    };
    let person = open_person(cx, sealed)?;
    let question = NameQuestion {
        request_id: OperationId::parse(found.id.to_string()).map_err(Error::bug)?,
        name: person.name,
        number: person.number,
        holder: person.holder,
        purpose: PURPOSE.to_owned(),
        consented_at: found.consented_at,
    };
    let answer = match &room.provider {
        Some(provider) => provider.ask(&question).await,
        None => Err(NameCheckError::Refused { code: "no_provider".to_owned(), detail: String::new() }),
    };
    conclude(room, cx, &found, answer).await
}

/// Books an answer, or that there was none.
async fn conclude(
    room: &RealName,
    cx: &Cx,
    asked: &StoredCheck,
    answer: Result<NameResult, NameCheckError>,
) -> Result<Check, Error> {
    let disbelieved = matches!(answer, Err(NameCheckError::NotBelieved(_)));
    let settled = match answer {
        Ok(result) => rules::settled(result),
        Err(error) => {
            tracing::warn!(check = %asked.id, %error, "no answer to a name check");
            None
        }
    };
    let now = cx.now();
    let mut tx = cx.begin().await?;
    let account = account::lock_account(&mut tx, asked.account).await?.ok_or(Error::NotFound)?;
    let check = store::lock_check(&mut tx, asked.id).await?.ok_or(Error::NotFound)?;
    if check.state != CheckState::Asking {
        return view(cx, &check);
    }
    let state = match settled {
        Some(CheckState::Match) => matched(&mut tx, cx, room, &account, &check).await?,
        Some(state) => state,
        None => {
            let tries = check.tries.saturating_add(1);
            store::update_tries(&mut tx, check.id, tries).await?;
            match rules::ask_again(check.created_at, room.policy.ask_for, tries, now) {
                Some(_) => CheckState::Asking,
                None => CheckState::Unavailable,
            }
        }
    };
    let system = Actor::system("real_name");
    let detail = json!({ "check": check.id, "result": state, "tries": check.tries.saturating_add(1) });
    if state != CheckState::Asking {
        store::end_check(&mut tx, check.id, state, now).await?;
        if now.since(check.created_at) > FIRST_LOOK {
            let (title, body) = result_words(state);
            tell(&mut tx, cx, check.account, "real_name", title, body).await?;
        }
        audit::record(&mut tx, cx, &system, entry(check.account, "real_name.answer", detail)).await?;
    } else if disbelieved {
        audit::record(&mut tx, cx, &system, entry(check.account, "real_name.disbelieved", detail)).await?;
    }
    tx.commit().await?;
    let finished_at = (state != CheckState::Asking).then_some(now);
    view(cx, &StoredCheck { state, finished_at, ..check })
}

/// Name and number belong together: the account becomes that person's, if it may.
async fn matched(
    tx: &mut Tx,
    cx: &Cx,
    room: &RealName,
    account: &StoredAccount,
    check: &StoredCheck,
) -> Result<CheckState, Error> {
    let Some(sealed) = &check.person_sealed else { return Ok(CheckState::Withdrawn) };
    if account.state == AccountState::Closed {
        return Ok(CheckState::Match);
    }
    let person = open_person(cx, sealed)?;
    let wish = Claim {
        account: check.account,
        person: &person,
        level: Level::RealName,
        consented_at: check.consented_at,
    };
    match claim(tx, cx, room, wish).await {
        Ok(()) => Ok(CheckState::Match),
        Err(Error::PersonTaken | Error::OtherPerson) => Ok(CheckState::Taken),
        Err(error) => Err(error),
    }
}

/// The account, locked, if it can be verified.
pub(crate) fn account_able(found: Option<StoredAccount>) -> Result<StoredAccount, Error> {
    let account = found.ok_or(Error::NotFound)?;
    if account.state == AccountState::Active { Ok(account) } else { Err(Error::WrongAccount) }
}

/// An entry about an account's real name.
pub(crate) const fn entry<'a>(account: AccountId, verb: &'static str, detail: Value) -> Entry<'a> {
    Entry { verb, object_kind: "account", object: account.0, customer: Some(account), detail, reason: None }
}

/// Finds the person again, and no one else.
pub(crate) fn index_of(cx: &Cx, person: &Person) -> Vec<u8> {
    cx.vault.blind_index(NUMBER, &person.number)
}

pub(crate) fn seal_person(cx: &Cx, person: &Person) -> Result<Vec<u8>, Error> {
    let plain = serde_json::to_vec(person).map_err(Error::bug)?;
    Ok(cx.vault.seal(cx.rng.as_ref(), PERSON, &plain)?)
}

pub(crate) fn open_person(cx: &Cx, sealed: &[u8]) -> Result<Person, Error> {
    serde_json::from_slice(&cx.vault.open(PERSON, sealed)?).map_err(Error::bug)
}

/// Name and number as they may be shown.
pub(crate) fn shown(person: &Person) -> (String, String) {
    (crate::customer::mask_name(&person.name), forms::mask_id_number(&person.number))
}

fn view(cx: &Cx, check: &StoredCheck) -> Result<Check, Error> {
    let person = check.person_sealed.as_ref().map(|sealed| open_person(cx, sealed)).transpose()?;
    let (name, number) = person.as_ref().map(shown).unzip();
    Ok(Check {
        id: check.id,
        account: check.account,
        state: check.state,
        name,
        number,
        created_at: check.created_at,
        finished_at: check.finished_at,
    })
}

/// A message in the customer's inbox, and where they registered.
pub(crate) async fn tell(
    tx: &mut Tx,
    cx: &Cx,
    account: AccountId,
    name: &str,
    title: Text,
    body: Text,
) -> Result<(), Error> {
    let Some(point) = account::contact_of(tx, cx, account).await? else { return Ok(()) };
    let outside = (point.channel(), point.contact.as_str().to_owned());
    for (channel, to) in [(Channel::Inbox, String::new()), outside] {
        let template = Template::Custom {
            name: name.to_owned(),
            title: title.clone(),
            body: body.clone(),
            values: std::collections::BTreeMap::new(),
        };
        let link = Some("/me/identity".to_owned());
        let message =
            NewMessage { channel, account: Some(account), to, locale: point.locale, template, link };
        notify::send(tx, cx, message).await?;
    }
    Ok(())
}

fn result_words(state: CheckState) -> (Text, Text) {
    match state {
        CheckState::Match => (
            Text::new("实名认证已通过", "Your identity is verified"),
            Text::new("姓名与证件号码已核验一致。", "Your name and identity number belong together."),
        ),
        CheckState::Taken => (
            Text::new("实名认证未完成", "Your identity is not verified"),
            Text::new(
                "该身份已在其他账号认证，可登录那个账号。",
                "This person has another account already. Sign in there.",
            ),
        ),
        CheckState::Unavailable => (
            Text::new("实名核验暂无结果", "The identity check has no result"),
            Text::new(
                "核验机构一直没有应答，这次不计次数，可稍后再试或上传证件。",
                "The provider did not answer. This try does not count. Try again later, or upload your documents.",
            ),
        ),
        _ => (
            Text::new("实名认证未通过", "Your identity is not verified"),
            Text::new(
                "姓名与证件号码核验不一致，核对后可再试。",
                "Name and identity number do not belong together. Check them and try again.",
            ),
        ),
    }
}
