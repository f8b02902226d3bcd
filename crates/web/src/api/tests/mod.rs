//! The API from outside: what it describes is what it does.

mod bodies;
mod calls;
mod document;
mod keys_and_privacy;
mod money;
mod organisations;
mod recovery;
mod reviews;
mod security;
mod server;
mod staff;
