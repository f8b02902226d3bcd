//! Providers of tests: they do as they are told, and remember what they were asked.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use connectors::protocol::SignatureError;
use connectors::{
    Answer, BoxFuture, CallbackError, Operation, OperationId, OperationKind, Outcome, Provider,
    ProviderError, Providers,
};
use durable::Cx;
use http::HeaderMap;
use kernel::{Text, Timestamp};
use serde_json::{Value, json};

/// What a provider does when asked the next time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    Done,
    Later,
    Refuse,
    RefuseForNow,
    /// Does it, and the answer is lost.
    DoneUnheard,
    /// Takes it for later, and the answer is lost.
    LaterUnheard,
    /// The request never arrives, and nobody knows.
    Lost,
    /// Says that it did not take the request.
    Busy,
}

#[derive(Debug, Default)]
struct World {
    replies: VecDeque<Reply>,
    known: BTreeMap<String, Answer>,
    /// Everything that was asked, in order: `do`, `undo` or `poll` with the operation id.
    asked: Vec<(String, String)>,
    /// How often each operation was carried out.
    carried_out: BTreeMap<String, u32>,
    requests: BTreeMap<String, Operation>,
}

/// All providers of a test, behind one script.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    world: Arc<Mutex<World>>,
    cx: Cx,
}

#[derive(Debug)]
struct Scripted {
    name: &'static str,
    script: Script,
}

impl Script {
    /// The script of these providers.
    pub fn new(cx: &Cx) -> Self {
        Self { world: Arc::default(), cx: cx.clone() }
    }

    /// The providers of the demo's packs, all behind this script.
    pub fn providers(&self) -> Providers {
        let of = |name| -> Arc<dyn Provider> { Arc::new(Scripted { name, script: self.clone() }) };
        Providers::new([of("telecom"), of("power"), of("warehouse")])
    }

    pub fn then(&self, replies: &[Reply]) {
        self.world.lock().unwrap().replies.extend(replies);
    }

    /// What was asked so far: the step and purpose part of each operation id, without polls.
    pub fn asked(&self) -> Vec<String> {
        let world = self.world.lock().unwrap();
        world.asked.iter().filter(|(how, _)| how != "poll").map(|(_, id)| id[14..].to_owned()).collect()
    }

    pub fn polls(&self) -> usize {
        self.world.lock().unwrap().asked.iter().filter(|(how, _)| how == "poll").count()
    }

    /// No operation was carried out twice, whatever was repeated.
    pub fn once_each(&self) {
        let world = self.world.lock().unwrap();
        assert!(world.carried_out.values().all(|&times| times == 1), "{:?}", world.carried_out);
    }

    pub fn carried_out(&self) -> usize {
        self.world.lock().unwrap().carried_out.len()
    }

    pub fn request(&self, ending: &str) -> Operation {
        let world = self.world.lock().unwrap();
        world.requests.iter().find(|(id, _)| id.ends_with(ending)).unwrap().1.clone()
    }

    /// The provider's word on an operation changes; gives the answer as a callback carries it.
    pub fn say(&self, ending: &str, outcome: Outcome) -> Answer {
        let mut world = self.world.lock().unwrap();
        let answer = world.known.iter_mut().find(|(id, _)| id.ends_with(ending)).unwrap().1;
        answer.sequence += 1;
        answer.at = self.cx.now();
        answer.outcome = outcome;
        answer.clone()
    }

    fn answer(&self, operation: &Operation, outcome: Outcome) -> Answer {
        let answer =
            Answer { operation_id: operation.operation_id.clone(), sequence: 1, at: self.cx.now(), outcome };
        let mut world = self.world.lock().unwrap();
        let id = operation.operation_id.to_string();
        *world.carried_out.entry(id.clone()).or_default() += 1;
        world.known.insert(id, answer.clone());
        answer
    }

    /// A provider is never called while a transaction is open (P11): with the one writer of the embedded database a
    /// second one could not begin.
    async fn no_transaction_is_open(&self) {
        let begun = tokio::time::timeout(std::time::Duration::from_secs(5), self.cx.begin()).await;
        drop(begun.expect("p11: a provider is called inside a transaction").unwrap());
    }
}

impl Provider for Scripted {
    fn name(&self) -> &str {
        self.name
    }

    fn operate<'a>(&'a self, operation: &'a Operation) -> BoxFuture<'a, Result<Answer, ProviderError>> {
        Box::pin(async move {
            let script = &self.script;
            script.no_transaction_is_open().await;
            operation.check().unwrap();
            let id = operation.operation_id.to_string();
            let how = if operation.operation == OperationKind::Cancel { "undo" } else { "do" };
            let reply = {
                let mut world = script.world.lock().unwrap();
                world.asked.push((how.to_owned(), id.clone()));
                if let Some(earlier) = world.requests.insert(id.clone(), operation.clone()) {
                    assert_eq!(&earlier, operation, "one id, one document");
                }
                if let Some(known) = world.known.get(&id) {
                    return Ok(known.clone());
                }
                world.replies.pop_front().unwrap_or(Reply::Done)
            };
            let unknown = || Err(ProviderError::Unknown { detail: "lost".to_owned() });
            match reply {
                Reply::Done => Ok(script.answer(operation, done(json!({"reference": "R1"})))),
                Reply::Later => Ok(script.answer(operation, later("accepted", json!({})))),
                Reply::Refuse => Ok(script.answer(operation, refused(false))),
                Reply::RefuseForNow => Ok(script.answer(operation, refused(true))),
                Reply::DoneUnheard => {
                    script.answer(operation, done(json!({"reference": "R1"})));
                    unknown()
                }
                Reply::LaterUnheard => {
                    script.answer(operation, later("accepted", json!({})));
                    unknown()
                }
                Reply::Lost => unknown(),
                Reply::Busy => Err(ProviderError::Refused {
                    code: "busy".to_owned(),
                    detail: String::new(),
                    retriable: true,
                }),
            }
        })
    }

    fn poll<'a>(&'a self, id: &'a OperationId) -> BoxFuture<'a, Result<Answer, ProviderError>> {
        Box::pin(async move {
            self.script.no_transaction_is_open().await;
            let mut world = self.script.world.lock().unwrap();
            world.asked.push(("poll".to_owned(), id.to_string()));
            world.known.get(id.as_str()).cloned().ok_or(ProviderError::NotKnown)
        })
    }

    fn verify_callback(&self, headers: &HeaderMap, body: &[u8]) -> Result<Answer, CallbackError> {
        if headers.get("signed-by").is_none_or(|by| by != self.name) {
            return Err(CallbackError::Signature(SignatureError::Wrong));
        }
        serde_json::from_slice(body).map_err(|error| CallbackError::Malformed(error.to_string()))
    }
}

pub(crate) fn done(result: Value) -> Outcome {
    let message = Some(Text::new("已办好", "Done"));
    Outcome::Done { result: result.as_object().unwrap().clone(), message }
}

pub(crate) fn later(state: &str, facts: Value) -> Outcome {
    Outcome::Later {
        expected_by: Timestamp(i64::MAX),
        state: state.to_owned(),
        facts: facts.as_object().unwrap().clone(),
        message: Some(Text::new("办理中", "Being done")),
    }
}

pub(crate) fn refused(retriable: bool) -> Outcome {
    Outcome::Refused {
        reason_code: "empty_number".to_owned(),
        message: Text::new("该号码是空号", "This number is not in service"),
        retriable,
    }
}
