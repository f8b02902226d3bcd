//! A register of people to check names against, with people who make trouble.
//!
//! | name | number | what happens |
//! |---|---|---|
//! | those of [`PEOPLE`] | theirs | they match; the number with any other name does not |
//! | `测试…` (any name that begins so) | any that is on no list | a match: for tests that need many people |
//! | any other | any that is on no list | the register has no such number |
//! | 慢先生 | 320106199511116048 | matches after three seconds (`delay_ms` of the knobs in its place) |
//! | 断先生 | 120101199103038061 | the register is down: 500, nothing is looked up |
//! | 停女士 | 350102198707071094 | the register says it cannot be asked now |
//! | 谎先生 | 370102198609099070 | "match", signed with a key nobody gave it |
//! | 变先生 | 61010319941010008X | changes its answer: match, then mismatch, by turns under the same id |
//! | 失女士 | 430102199602023111 | looked up and charged, and the first answer never arrives |
//!
//! One request id is charged once, however often it is asked. What is kept is a hash of the question and the result: names and
//! numbers stay nowhere, and the journal has none of it; the same question gets the same answer after a restart anyway.

use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use connectors::protocol::{Keys, OperationId, Secret};
use connectors::{NameAnswer, NameQuestion, NameResult};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::Sandbox;
use crate::config::Desk;
use crate::denied::Denied;
use crate::web::{self, Body};
use crate::world::World;

/// People of the register who make no trouble. The first is the customer of the demo; the last two are the specimens of the cards.
pub const PEOPLE: [(&str, &str); 11] = [
    ("林晓", "330106199205183623"),
    ("林小满", "330106199003071244"),
    ("周启明", "310104198506122014"),
    ("陈敏", "110105198808153018"),
    ("何嘉宁", "440305199301014029"),
    ("吴越", "510104197905205039"),
    ("赵一帆", "420106198212247055"),
    ("孙悦", "210102198012312102"),
    ("阿依古丽·买买提", "650102198703167225"),
    ("证件样本", "830000199201300022"),
    ("ZHENGJIAN YANGBEN", "911124198108030024"),
];

/// How long a slow answer takes.
const SLOW: Duration = Duration::from_secs(3);

/// What somebody makes of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Conduct {
    Plain,
    Slow,
    Down,
    Closed,
    Lying,
    Changing,
    Lost,
}

const TROUBLE: [(&str, &str, Conduct); 6] = [
    ("慢先生", "320106199511116048", Conduct::Slow),
    ("断先生", "120101199103038061", Conduct::Down),
    ("停女士", "350102198707071094", Conduct::Closed),
    ("谎先生", "370102198609099070", Conduct::Lying),
    ("变先生", "61010319941010008X", Conduct::Changing),
    ("失女士", "430102199602023111", Conduct::Lost),
];

/// What is remembered of one request id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NameRecord {
    pub request_id: String,
    #[serde(skip)]
    digest: [u8; 32],
    /// What was answered first.
    pub result: NameResult,
    /// How often it was asked.
    pub asked: u32,
    /// How often it was charged: 0 or 1.
    pub charged: u32,
}

/// `POST /identity/v1/name-checks`
pub(crate) async fn ask(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Denied> {
    let (signed, question): (_, NameQuestion) = web::read(&sandbox, Desk::Identity, &headers, body)?;
    web::same_id(&signed, &question.request_id, None)?;
    let (conduct, result) = look_up(&question);
    if conduct == Conduct::Down {
        return Ok((StatusCode::INTERNAL_SERVER_ERROR, "the register is down").into_response());
    }
    let mut asked = 0;
    let work = |world: &mut World, _| match note(world, &question, conduct, result) {
        Ok((count, result)) => {
            asked = count;
            signed_answer(&sandbox, &question.request_id, conduct, result)
        }
        Err(denied) => denied.into_response(),
    };
    let response = web::troubled(&sandbox, Desk::Identity, &signed, work).await;
    let knobs = sandbox.knobs(Desk::Identity);
    match conduct {
        Conduct::Slow => {
            let delay = knobs.delay_ms.map_or(SLOW, |ms| Duration::from_millis(u64::from(ms)));
            tokio::time::sleep(delay).await;
        }
        Conduct::Lost if asked == 1 => {
            tokio::select! {
                () = tokio::time::sleep(knobs.hang()) => {}
                () = sandbox.0.stop.cancelled() => {}
            }
            return Ok((StatusCode::GATEWAY_TIMEOUT, "sandbox hung").into_response());
        }
        _ => {}
    }
    Ok(response)
}

/// What the register says, whoever asks and how often.
fn look_up(question: &NameQuestion) -> (Conduct, NameResult) {
    let judge = |name: &str| if name == question.name { NameResult::Match } else { NameResult::Mismatch };
    if let Some((name, _)) = PEOPLE.iter().find(|(_, number)| *number == question.number) {
        return (Conduct::Plain, judge(name));
    }
    match TROUBLE.iter().find(|(_, number, _)| *number == question.number) {
        Some((_, _, Conduct::Closed)) => (Conduct::Closed, NameResult::Unavailable),
        Some((name, _, conduct)) => (*conduct, judge(name)),
        None if question.name.starts_with("测试") => (Conduct::Plain, NameResult::Match),
        None => (Conduct::Plain, NameResult::NotFound),
    }
}

/// Counts the request; how often this id was asked, and what it is answered now.
fn note(
    world: &mut World,
    question: &NameQuestion,
    conduct: Conduct,
    result: NameResult,
) -> Result<(u32, NameResult), Denied> {
    let bytes = serde_json::to_vec(question).map_err(|error| Denied::malformed(error.to_string()))?;
    let digest: [u8; 32] = Sha256::digest(&bytes).into();
    let id = question.request_id.clone();
    let record = world.name_checks.entry(id.clone()).or_insert_with(|| NameRecord {
        request_id: id.to_string(),
        digest,
        result,
        asked: 0,
        charged: 0,
    });
    if record.digest != digest {
        return Err(Denied::conflict());
    }
    record.asked = record.asked.saturating_add(1);
    if result != NameResult::Unavailable {
        record.charged = 1;
    }
    let changed = conduct == Conduct::Changing && record.asked.is_multiple_of(2);
    Ok((record.asked, if changed { NameResult::Mismatch } else { result }))
}

fn signed_answer(sandbox: &Sandbox, id: &OperationId, conduct: Conduct, result: NameResult) -> Response {
    let answer = NameAnswer { request_id: id.clone(), result };
    let (Ok(body), Some(ours)) = (serde_json::to_vec(&answer), sandbox.0.config.keys(Desk::Identity)) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let nobodys = Keys::one(Secret::from_digest(Sha256::digest(b"nobody gave this key").into()));
    let keys = if conduct == Conduct::Lying { &nobodys } else { ours };
    let signed = keys.sign(id.as_str(), sandbox.now(), &body);
    let mut response = body.into_response();
    let media = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, media);
    for (name, value) in signed.pairs() {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}
