//! Logins: single signs, the request path on both databases, and a replay of a simulated population.

mod online;
mod replay;
mod signs;
mod simulation;
