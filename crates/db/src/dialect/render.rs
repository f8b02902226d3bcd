//! Fills in the `{words}` of a statement and writes parameters the engine's way.

use super::Engine;
use crate::statement::ColumnType;

/// The text for `engine`. `columns` are those of a bulk statement.
pub(crate) fn render(text: &str, columns: &[(&str, ColumnType)], engine: Engine) -> String {
    let mut out = String::with_capacity(text.len().saturating_add(64));
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        out.push_str(before);
        let Some(close) = from.find('}') else {
            rest = from;
            break;
        };
        let word = from.get(1..close).unwrap_or_default();
        rest = from.get(close.saturating_add(1)..).unwrap_or_default();
        if engine == Engine::Postgres && word.starts_with("list ") {
            // `= ANY` lets the server learn the list's type from the column.
            out.truncate(out.trim_end().trim_end_matches("IN").len());
        }
        out.push_str(&expand(word, columns, engine));
        if word == "rows" {
            out.push_str(after_rows(rest, engine));
        }
    }
    out.push_str(rest);
    match engine {
        Engine::Postgres => out,
        Engine::Sqlite => numbered(&out),
    }
}

fn expand(word: &str, columns: &[(&str, ColumnType)], engine: Engine) -> String {
    let both = |sqlite: &str, postgres: &str| engine.pick(&[sqlite, postgres]).to_string();
    match word {
        "for_update" => both("", "FOR UPDATE"),
        "for_update_skip_locked" => both("", "FOR UPDATE SKIP LOCKED"),
        "bytes" => both("BLOB", "BYTEA"),
        "id" => both("INTEGER PRIMARY KEY", "BIGINT PRIMARY KEY"),
        "rows" => rows(columns, engine),
        other => match (other.strip_prefix("list "), engine) {
            (Some(parameter), Engine::Sqlite) => format!("(SELECT value FROM json_each({parameter}))"),
            (Some(parameter), Engine::Postgres) => format!("= ANY({parameter})"),
            // Unknown words stay as they are: preparing the statement then fails and the test names it.
            (None, _) => format!("{{{other}}}"),
        },
    }
}

fn rows(columns: &[(&str, ColumnType)], engine: Engine) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    match engine {
        Engine::Sqlite => {
            let list: Vec<String> =
                names.iter().zip(1..).map(|(name, n)| format!("${n} AS {name}")).collect();
            format!("(SELECT {})", list.join(", "))
        }
        Engine::Postgres => {
            let arrays: Vec<String> = columns
                .iter()
                .zip(1..)
                .map(|((_, kind), n)| format!("${n}::{}[]", array_of(*kind)))
                .collect();
            format!("(SELECT * FROM unnest({}) AS r({}))", arrays.join(", "), names.join(", "))
        }
    }
}

fn array_of(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Int => "bigint",
        ColumnType::Bool => "boolean",
        ColumnType::Text => "text",
        ColumnType::Bytes => "bytea",
    }
}

/// What the engine's grammar wants between `{rows}` and what follows it.
fn after_rows(rest: &str, engine: Engine) -> &'static str {
    let upsert = rest.trim_start().to_ascii_lowercase().starts_with("on conflict");
    match engine {
        // Without a WHERE, the ON would be read as that of a join.
        Engine::Sqlite if upsert => " WHERE TRUE",
        Engine::Postgres if !has_alias(rest) => " AS given",
        Engine::Sqlite | Engine::Postgres => "",
    }
}

/// Whether an alias follows `{rows}`; PostgreSQL 15 wants one for every subquery.
fn has_alias(rest: &str) -> bool {
    const NOT_AN_ALIAS: [&str; 11] =
        ["where", "join", "left", "inner", "cross", "on", "order", "group", "returning", "limit", "union"];
    let word: String = rest.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    !word.is_empty() && !NOT_AN_ALIAS.contains(&word.to_ascii_lowercase().as_str())
}

/// `$1` → `?1`: SQLite numbers only the question-mark form.
fn numbered(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let parameter = c == '$' && chars.peek().is_some_and(char::is_ascii_digit);
        out.push(if parameter { '?' } else { c });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_becomes_two() {
        let check = |text: &str, sqlite: &str, postgres: &str| {
            let columns = [("id", ColumnType::Int), ("name", ColumnType::Text)];
            assert_eq!(render(text, &columns, Engine::Sqlite), sqlite);
            assert_eq!(render(text, &columns, Engine::Postgres), postgres);
        };
        check("SELECT $1 {for_update}", "SELECT ?1 ", "SELECT $1 FOR UPDATE");
        check("id IN {list $2}", "id IN (SELECT value FROM json_each(?2))", "id = ANY($2)");
        check(
            "SELECT id FROM {rows} WHERE 1",
            "SELECT id FROM (SELECT ?1 AS id, ?2 AS name) WHERE 1",
            "SELECT id FROM (SELECT * FROM unnest($1::bigint[], $2::text[]) AS r(id, name)) AS given WHERE 1",
        );
        check(
            "FROM {rows} v",
            "FROM (SELECT ?1 AS id, ?2 AS name) v",
            "FROM (SELECT * FROM unnest($1::bigint[], $2::text[]) AS r(id, name)) v",
        );
    }
}
