//! The members of one field, under the names of the spelling at hand.

use kernel::{Currency, Money, Text};
use serde_json::{Map, Value};

use super::Problems;

/// Longest text an author may write for a label, hint or format.
const MAX_TEXT: usize = 200;

/// Which spelling is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Author,
    Schema,
}

/// One member under both its names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    author: &'static str,
    schema: &'static str,
}

impl Key {
    pub const fn in_dialect(self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Author => self.author,
            Dialect::Schema => self.schema,
        }
    }
}

/// All members.
pub(crate) mod key {
    use super::Key;

    macro_rules! keys {
        ($($name:ident = $author:literal $schema:literal;)*) => {
            $(pub const $name: Key = Key { author: $author, schema: $schema };)*
        };
    }

    keys! {
        NAME = "name" "x-name";
        KIND = "kind" "x-kind";
        LABEL = "label" "x-label";
        HINT = "hint" "x-hint";
        NOUN = "noun" "x-noun";
        REQUIRED = "required" "x-required";
        AUTOCOMPLETE = "autocomplete" "x-autocomplete";
        WIDTH = "width" "x-width";
        SHOW_WHEN = "show_when" "x-show-when";
        REMEMBER = "remember" "x-remember";
        SENSITIVE = "sensitive" "x-sensitive";
        DEFAULT = "default" "default";
        MIN_LENGTH = "min" "minLength";
        MAX_LENGTH = "max" "maxLength";
        MIN = "min" "minimum";
        MAX = "max" "maximum";
        STEP = "step" "multipleOf";
        PATTERN = "pattern" "pattern";
        FORMAT = "format" "x-format";
        EXAMPLE = "example" "examples";
        OPTIONS = "options" "x-options";
        STYLE = "style" "x-style";
        MIN_DAYS_AHEAD = "min_days_ahead" "x-min-days-ahead";
        MAX_DAYS_AHEAD = "max_days_ahead" "x-max-days-ahead";
    }
}

/// Reads members and remembers which were asked for, so that misspelt ones are noticed.
pub(crate) struct Keys<'a> {
    dialect: Dialect,
    object: &'a Map<String, Value>,
    pointer: String,
    asked: Vec<&'static str>,
    /// Without a kind nobody can tell which members belong.
    any_member: bool,
    problems: &'a mut Problems,
}

impl<'a> Keys<'a> {
    pub fn new(
        dialect: Dialect,
        object: &'a Map<String, Value>,
        pointer: String,
        problems: &'a mut Problems,
    ) -> Self {
        Self { dialect, object, pointer, asked: Vec::new(), any_member: false, problems }
    }

    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub fn get(&mut self, key: Key) -> Option<&'a Value> {
        let name = key.in_dialect(self.dialect);
        self.asked.push(name);
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// A problem of a member.
    pub fn wrong(&mut self, key: Key, message: &str) {
        self.problems.add(format!("{}/{}", self.pointer, key.in_dialect(self.dialect)), message);
    }

    /// A problem of a part of a member.
    pub fn wrong_at(&mut self, key: Key, part: &str, message: &str) {
        let place = format!("{}/{}/{part}", self.pointer, key.in_dialect(self.dialect));
        self.problems.add(place, message);
    }

    /// A problem of a member that should be there; said once if the member is there but wrong.
    pub fn missing(&mut self, key: Key, message: &str) {
        let place = format!("{}/{}", self.pointer, key.in_dialect(self.dialect));
        if !self.problems.0.iter().any(|problem| problem.pointer.starts_with(&place)) {
            self.problems.add(place, message);
        }
    }

    /// Text that is not empty.
    pub fn text(&mut self, key: Key) -> Option<String> {
        match self.get(key)? {
            Value::String(text) if !text.is_empty() && text.chars().count() <= MAX_TEXT => Some(text.clone()),
            _ => {
                self.wrong(key, "must be text of 1 to 200 characters");
                None
            }
        }
    }

    /// `{zh, en}`.
    pub fn both(&mut self, key: Key) -> Option<Text> {
        let value = self.get(key)?;
        match texts(value) {
            Ok(text) => Some(text),
            Err(message) => {
                self.wrong(key, message);
                None
            }
        }
    }

    pub fn flag(&mut self, key: Key) -> Option<bool> {
        let value = self.get(key)?;
        if value.as_bool().is_none() {
            self.wrong(key, "must be true or false");
        }
        value.as_bool()
    }

    pub fn integer(&mut self, key: Key) -> Option<i64> {
        let value = self.get(key)?;
        if value.as_i64().is_none() {
            self.wrong(key, "must be a whole number");
        }
        value.as_i64()
    }

    /// An amount: text in yuan for authors, fen in a schema.
    pub fn fen(&mut self, key: Key) -> Option<i64> {
        if self.dialect == Dialect::Schema {
            return self.integer(key);
        }
        let amount = self.get(key)?.as_str().and_then(|text| Money::parse(text, Currency::CNY).ok());
        if amount.is_none() {
            self.wrong(key, "must be an amount in yuan as quoted text, such as \"10.00\"");
        }
        amount.map(|money| money.minor)
    }

    /// No member is unknown from here on.
    pub fn allow_any(&mut self) {
        self.any_member = true;
    }

    /// Complains of members nobody asked for: all of an author's, the `x-` ones of a schema.
    pub fn finish(self) {
        for name in self.object.keys() {
            let ours = !self.any_member && (self.dialect == Dialect::Author || name.starts_with("x-"));
            if ours && !self.asked.contains(&name.as_str()) {
                let place = format!("{}/{}", self.pointer, name.replace('~', "~0").replace('/', "~1"));
                self.problems.add(place, "unknown key for a field of this kind");
            }
        }
    }
}

/// Reads `{zh, en}`, both there and fit to be shown.
pub(crate) fn texts(value: &Value) -> Result<Text, &'static str> {
    let part = |name: &str| {
        let text = value.get(name)?.as_str()?.trim();
        let fits =
            !text.is_empty() && text.chars().count() <= MAX_TEXT && !text.chars().any(char::is_control);
        fits.then(|| text.to_owned())
    };
    match (part("zh"), part("en"), value.as_object().map_or(0, Map::len)) {
        (Some(zh), Some(en), 2) => Ok(Text::new(zh, en)),
        _ => Err("must be {zh, en}, each text of one line and at most 200 characters"),
    }
}
