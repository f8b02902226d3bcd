//! Why keys could not be opened, made or exchanged. Operators read these; nothing of a key is in them.

use connectors::KmsError;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Db(#[from] db::Error),
    #[error("{master}: {source}")]
    Master { master: String, source: KmsError },
    /// The data keys were wrapped by a master key we do not have.
    #[error("the data keys are wrapped by {needed}, and only {given} is given; put that master key back")]
    OtherMaster { needed: String, given: String },
    /// Values are there, but no data key is, and without the first master key none can be derived.
    #[error("there are sealed values and no data keys: the master key of the first start is needed once")]
    FirstMasterNeeded,
    /// Some nodes did not take the new key in time; the rotation goes on where it stopped when it is started again.
    #[error("node(s) {nodes:?} have not taken key {number}; start again when they answer or are gone")]
    NotTaken { number: u32, nodes: Vec<i64> },
    /// Values that no key opens. They were there before; nothing was changed about them.
    #[error("{count} value(s) of {column} cannot be opened; the old key stays until that is settled")]
    Unreadable { column: String, count: u64 },
    /// Indexes are made anew only while nothing else serves; nothing was changed.
    #[error("node(s) {nodes:?} are running; stop every server and start again")]
    NodesLive { nodes: Vec<i64> },
    /// Half of the indexes are made by another key, so nobody can be found.
    #[error("the indexes are being made anew; finish it with `everlit keys reindex`")]
    Reindexing,
    #[error("some values are written faster than they are sealed again; start again")]
    NeverQuiet,
    #[error("a data key is damaged: {0}")]
    Damaged(String),
    #[error(transparent)]
    Vault(#[from] vault::Error),
}
