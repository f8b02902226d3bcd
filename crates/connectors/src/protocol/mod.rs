//! The provider protocol, version 1: the documents both sides exchange and the signature on them.
//!
//! Pure: no I/O. The readable description is `docs/provider-protocol.md`, the formal one
//! `docs/provider-protocol.openapi.yaml`; a test holds their examples against these types.

mod model;
mod signature;

pub use model::{
    Answer, BadOperationId, InvalidOperation, MAX_BODY_BYTES, Operation, OperationId, OperationKind, Outcome,
    Problem, Quote,
};
pub use signature::{
    HEADER_ID, HEADER_SIGNATURE, HEADER_TIMESTAMP, Keys, Secret, SecretError, SignatureError, Signed,
    TOLERANCE_SECS, Verified,
};

#[cfg(test)]
mod tests;
