//! The port through which other contexts say what an account has with them. They are above this crate; the wiring puts
//! them in.

use db::Tx;
use durable::{BoxError, BoxFuture};
use kernel::AccountId;

use crate::merge::Obstacle;

/// What stands in the way of an account's end.
pub trait Standing: Send + Sync + std::fmt::Debug {
    /// Looks in the caller's transaction.
    fn obstacles<'a>(
        &'a self,
        tx: &'a mut Tx,
        account: AccountId,
    ) -> BoxFuture<'a, Result<Vec<Obstacle>, BoxError>>;

    /// Only what is not over yet: orders under way, money that is still there.
    fn unfinished<'a>(
        &'a self,
        tx: &'a mut Tx,
        account: AccountId,
    ) -> BoxFuture<'a, Result<Vec<Obstacle>, BoxError>>;
}

/// Nothing stands in the way: for an installation without other contexts, and for tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unhindered;

impl Standing for Unhindered {
    fn obstacles<'a>(
        &'a self,
        _tx: &'a mut Tx,
        _account: AccountId,
    ) -> BoxFuture<'a, Result<Vec<Obstacle>, BoxError>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    fn unfinished<'a>(
        &'a self,
        _tx: &'a mut Tx,
        _account: AccountId,
    ) -> BoxFuture<'a, Result<Vec<Obstacle>, BoxError>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}
