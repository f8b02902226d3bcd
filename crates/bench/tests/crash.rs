//! The short form of `cargo xtask crash`: three kills on each database. The long form does fifty.

use bench::{Engine, Failure, crash};

fn three_kills(engine: Engine) -> Result<(), Failure> {
    let outcome = crash::short(3, engine)?;
    assert!(outcome.is_sound(), "{outcome}");
    assert!(outcome.orders > 0, "{outcome}");
    Ok(())
}

#[test]
fn s5_o8_killed_under_load_on_sqlite_nothing_is_lost_doubled_or_left() -> Result<(), Failure> {
    three_kills(Engine::Sqlite)
}

#[test]
fn s5_o8_killed_under_load_on_postgresql_nothing_is_lost_doubled_or_left() -> Result<(), Failure> {
    three_kills(Engine::Postgres)
}
