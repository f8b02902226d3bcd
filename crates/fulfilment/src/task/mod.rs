//! What needs a person: a task waits in a queue, is claimed by one member of staff, done with a checked form, or given
//! back. A task past its time raises an alarm once.

mod model;
pub(crate) mod ops;
pub(crate) mod store;
#[cfg(test)]
pub(crate) mod tests;

pub use model::{Decision, Filter, QueueCount, Task, TaskId, TaskKind, TaskState, TaskView};
pub use ops::{claim, complete, decide_refund, get, hand_over, list, of_order, queues, release};
