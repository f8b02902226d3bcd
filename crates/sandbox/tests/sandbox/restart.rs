use std::path::Path;

use connectors::{Gateway as _, Provider as _};
use http::StatusCode;
use sandbox::Desk;
use serde_json::json;

use crate::support::{World, id, page_of, world_with};

async fn with_journal(path: &Path) -> World {
    world_with(|config| config.journal = Some(path.to_owned())).await
}

#[tokio::test]
async fn after_a_restart_everything_is_remembered_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.jsonl");
    let before = with_journal(&path).await;
    before.set(Desk::Power, json!({ "failure_percent": 5 }));
    before.set(Desk::Card, json!({ "answer": "later" }));
    let operation = before.top_up("op_1", "13800001234");
    let first = before.provider(Desk::Telecom).operate(&operation).await.unwrap();
    before.receiver.answer_with(StatusCode::SERVICE_UNAVAILABLE);
    let payment = before.gateway().create_attempt(&before.payment("at_1", 100)).await.unwrap();
    before.choose(page_of(&payment), "pay").await;
    before.running.sandbox.flush().await;
    let World { running, receiver, .. } = before;
    running.stop().await.unwrap();

    let after = with_journal(&path).await;
    assert_eq!(after.provider(Desk::Telecom).operate(&operation).await.unwrap(), first);
    assert_eq!(after.gateway().query(&after.begun("at_1")).await.unwrap().state.name(), "captured");
    assert_eq!(after.running.sandbox.knobs(Desk::Power).failure_percent, 5);
    receiver.take();
    receiver.answer_with(StatusCode::NO_CONTENT);
    let flushed = after.running.sandbox.flush_all().await;
    assert_eq!(flushed.delivered, 2, "the payment that was not taken and the top-up that was not finished");
    assert_eq!(receiver.take().len(), 2);
    assert!(after.provider(Desk::Telecom).poll(&id("op_1")).await.unwrap().outcome.is_final());
}

#[tokio::test]
async fn a_journal_cut_off_in_a_line_is_read_up_to_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.jsonl");
    let before = with_journal(&path).await;
    for name in ["op_1", "op_2"] {
        before.provider(Desk::Telecom).operate(&before.top_up(name, "13800001234")).await.unwrap();
    }
    before.running.stop().await.unwrap();
    let text = std::fs::read(&path).unwrap();
    std::fs::write(&path, &text[..text.len() - 20]).unwrap();
    let after = with_journal(&path).await;
    assert!(after.provider(Desk::Telecom).poll(&id("op_1")).await.is_ok());
    assert!(after.provider(Desk::Telecom).poll(&id("op_2")).await.is_err());
}

#[tokio::test]
async fn a_request_that_hangs_does_not_keep_the_sandbox_from_stopping() {
    let world = world_with(|_| {}).await;
    world.set(Desk::Telecom, json!({ "hang_percent": 100, "hang_ms": 600_000 }));
    let provider = world.provider(Desk::Telecom);
    let operation = world.top_up("op_1", "13800001234");
    let asking = provider.operate(&operation);
    let stopping = async {
        while world.running.sandbox.flush_all().await.delivered == 0 {
            tokio::task::yield_now().await;
        }
        world.running.stop().await
    };
    let both = async { tokio::join!(asking, stopping) };
    let (asked, stopped) = tokio::time::timeout(std::time::Duration::from_secs(20), both).await.unwrap();
    assert!(asked.is_err() && stopped.is_ok());
}
