//! Behaviour on both databases.
