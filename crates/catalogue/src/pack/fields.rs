//! Takes the members of a map one by one, each as what it should be. A wrong one is reported and replaced by a harmless
//! value, so that reading goes on and all mistakes are named at once; whoever reads refuses the whole when the report
//! has grown.

use kernel::{Currency, Duration, Money, Text};

use super::copy;
use super::report::{Report, rule};
use super::tree::{Entry, Node, Value};

/// ¥1,000,000: above any price of a self-service counter, below any overflow.
pub(crate) const MAX_FEN: i64 = 100_000_000;

/// The members of one map that are not taken yet.
pub(crate) struct Fields<'n> {
    /// What the map is, for messages: `offering`.
    what: &'static str,
    line: usize,
    entries: &'n [Entry],
    /// The value was no map; that is reported, and missing members are not.
    broken: bool,
    taken: Vec<&'static str>,
    report: &'n Report,
}

impl<'n> Fields<'n> {
    pub fn open(node: &'n Node, what: &'static str, report: &'n Report) -> Self {
        let mut broken = false;
        let entries: &[Entry] = match &node.value {
            Value::Map(entries) => entries,
            Value::Scalar { .. } | Value::List(_) => {
                report.add(
                    node.line,
                    rule::VALUE_SHAPE,
                    format!("{what} 须由“成员: 值”组成"),
                    format!("{what} must consist of `member: value` lines"),
                );
                broken = true;
                &[]
            }
        };
        Self { what, line: node.line, entries, broken, taken: Vec::new(), report }
    }

    pub fn line(&self) -> usize {
        self.line
    }

    /// A member that may be absent.
    pub fn get(&mut self, key: &'static str) -> Option<&'n Node> {
        self.taken.push(key);
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    /// A member that must be there.
    pub fn need(&mut self, key: &'static str) -> Option<&'n Node> {
        let found = self.get(key);
        if found.is_none() && !self.broken {
            self.report.add(
                self.line,
                rule::MEMBER_MISSING,
                format!("{} 缺少 {key}，补上它", self.what),
                format!("the {} has no `{key}`; add it", self.what),
            );
        }
        found
    }

    /// Reports every member that nobody asked for.
    pub fn close(self) {
        for entry in self.entries {
            if !self.taken.iter().any(|key| *key == entry.key) {
                let known = self.taken.join(", ");
                self.report.add(
                    entry.line,
                    rule::MEMBER_UNKNOWN,
                    format!("{} 没有“{}”这一成员，可写：{known}", self.what, entry.key),
                    format!("a {} has no member `{}`; known are: {known}", self.what, entry.key),
                );
            }
        }
    }

    pub fn text(&mut self, key: &'static str) -> String {
        self.need(key).map(|node| scalar(node, self.report)).unwrap_or_default()
    }

    pub fn code(&mut self, key: &'static str) -> String {
        self.need(key).map(|node| code(node, self.report)).unwrap_or_default()
    }

    /// A text in both languages of at most `limit` Han characters (two Latin letters count as one).
    pub fn words(&mut self, key: &'static str, limit: usize) -> Text {
        self.need(key).map(|node| copy::words(node, limit, self.report)).unwrap_or_default()
    }

    pub fn optional_words(&mut self, key: &'static str, limit: usize) -> Option<Text> {
        self.get(key).map(|node| copy::words(node, limit, self.report))
    }

    pub fn money(&mut self, key: &'static str) -> Money {
        self.need(key).map(|node| money(node, self.report)).unwrap_or_default()
    }

    pub fn duration(&mut self, key: &'static str, least: Duration, most: Duration) -> Duration {
        self.need(key).map_or(least, |node| duration(node, least, most, self.report))
    }

    pub fn number(&mut self, key: &'static str, least: i64, most: i64) -> i64 {
        self.need(key).map_or(least, |node| number(node, least, most, self.report))
    }

    pub fn number_or(&mut self, key: &'static str, absent: i64, least: i64, most: i64) -> i64 {
        self.get(key).map_or(absent, |node| number(node, least, most, self.report))
    }

    pub fn flag_or_false(&mut self, key: &'static str) -> bool {
        self.get(key).is_some_and(|node| choice(node, &[("true", true), ("false", false)], self.report))
    }

    /// One of the words the format knows. `options` is never empty; its first value stands in for a wrong word.
    pub fn choice<T: Clone>(&mut self, key: &'static str, first: (&str, T), others: &[(&str, T)]) -> T {
        match self.need(key) {
            Some(node) => pick(node, &first, others, self.report),
            None => first.1,
        }
    }

    /// As [`Self::choice`], with the first value when absent.
    pub fn choice_or_first<T: Clone>(
        &mut self,
        key: &'static str,
        first: (&str, T),
        others: &[(&str, T)],
    ) -> T {
        match self.get(key) {
            Some(node) => pick(node, &first, others, self.report),
            None => first.1,
        }
    }

    /// A list that must have 1 to `most` entries.
    pub fn list<T>(
        &mut self,
        key: &'static str,
        most: usize,
        read: impl Fn(&'n Node, &'n Report) -> T,
    ) -> Vec<T> {
        let Some(node) = self.need(key) else { return Vec::new() };
        let read_items = items(node, most, self.report);
        if read_items.is_empty() {
            self.report.add(
                node.line,
                rule::LIST_SIZE,
                format!("{key} 至少要有一项"),
                format!("`{key}` needs at least one entry"),
            );
        }
        read_items.iter().map(|item| read(item, self.report)).collect()
    }

    /// A list that may be absent or empty.
    pub fn optional_list<T>(
        &mut self,
        key: &'static str,
        most: usize,
        read: impl Fn(&'n Node, &'n Report) -> T,
    ) -> Vec<T> {
        let Some(node) = self.get(key) else { return Vec::new() };
        items(node, most, self.report).iter().map(|item| read(item, self.report)).collect()
    }
}

fn items<'n>(node: &'n Node, most: usize, report: &Report) -> &'n [Node] {
    let Value::List(items) = &node.value else {
        report.add(
            node.line,
            rule::VALUE_SHAPE,
            "这里须为列表（以 - 开头）",
            "this must be a list (lines that begin with -)",
        );
        return &[];
    };
    if items.len() > most {
        report.add(
            node.line,
            rule::LIST_SIZE,
            format!("最多 {most} 项，现有 {} 项", items.len()),
            format!("at most {most} entries; there are {}", items.len()),
        );
    }
    items
}

/// A scalar as text.
pub(crate) fn scalar(node: &Node, report: &Report) -> String {
    match &node.value {
        Value::Scalar { text, .. } if !text.trim().is_empty() => text.trim().to_owned(),
        Value::Scalar { .. } | Value::List(_) | Value::Map(_) => {
            report.add(node.line, rule::VALUE_SHAPE, "这里须填写一个值", "a single value is needed here");
            String::new()
        }
    }
}

/// Lower case letters, digits and hyphens, beginning with a letter or digit, at most 40.
pub(crate) fn code(node: &Node, report: &Report) -> String {
    let text = scalar(node, report);
    let fine = text.len() <= 40
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !fine {
        report.add(
            node.line,
            rule::CODE_FORM,
            format!("代码“{text}”只能用小写字母、数字与连字符，最多 40 个"),
            format!(
                "the code `{text}` may only have lower case letters, digits and inner hyphens, at most 40"
            ),
        );
    }
    text
}

pub(crate) fn money(node: &Node, report: &Report) -> Money {
    let text = scalar(node, report);
    // Stricter than what customers may type: packs are read by machines and people.
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    match Money::parse(&text, Currency::CNY) {
        Ok(money) if plain && (1..=MAX_FEN).contains(&money.minor) => money,
        Ok(_) | Err(_) => {
            report.add(
                node.line,
                rule::MONEY_FORM,
                format!("金额“{text}”须为元，最多两位小数，在 0.01 至 1000000.00 之间，例如 \"30.00\""),
                format!("the amount `{text}` must be yuan with at most two decimals, 0.01 to 1000000.00, such as \"30.00\""),
            );
            Money::default()
        }
    }
}

pub(crate) fn duration(node: &Node, least: Duration, most: Duration, report: &Report) -> Duration {
    let text = scalar(node, report);
    match parse_duration(&text) {
        Some(length) if (least..=most).contains(&length) => length,
        Some(_) | None => {
            let (low, high) = (show_duration(least), show_duration(most));
            report.add(
                node.line,
                rule::DURATION_FORM,
                format!("时长“{text}”须为整数加 s、m、h 或 d，在 {low} 至 {high} 之间，例如 30m"),
                format!("the duration `{text}` must be a whole number with s, m, h or d, {low} to {high}, such as 30m"),
            );
            least
        }
    }
}

/// `90s`, `15m`, `48h`, `7d`.
fn parse_duration(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 9 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let count: i64 = digits.parse().ok()?;
    Some(match unit {
        "s" => Duration::from_secs(count),
        "m" => Duration::from_mins(count),
        "h" => Duration::from_hours(count),
        "d" => Duration::from_days(count),
        _ => return None,
    })
}

pub(crate) fn show_duration(length: Duration) -> String {
    let secs = length.as_secs();
    match secs {
        s if s > 0 && s % 86_400 == 0 => format!("{}d", s / 86_400),
        s if s > 0 && s % 3_600 == 0 => format!("{}h", s / 3_600),
        s if s > 0 && s % 60 == 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}

pub(crate) fn number(node: &Node, least: i64, most: i64, report: &Report) -> i64 {
    let text = scalar(node, report);
    match text.parse::<i64>() {
        Ok(number) if (least..=most).contains(&number) => number,
        Ok(_) | Err(_) => {
            report.add(
                node.line,
                rule::NUMBER_RANGE,
                format!("“{text}”须为 {least} 至 {most} 之间的整数"),
                format!("`{text}` must be a whole number from {least} to {most}"),
            );
            least
        }
    }
}

fn choice<T: Clone + Default>(node: &Node, options: &[(&str, T)], report: &Report) -> T {
    match options {
        [first, others @ ..] => pick(node, first, others, report),
        [] => T::default(),
    }
}

/// One of the words the format knows.
pub(crate) fn pick<T: Clone>(node: &Node, first: &(&str, T), others: &[(&str, T)], report: &Report) -> T {
    let text = scalar(node, report);
    let all = || std::iter::once(first).chain(others);
    if let Some((_, value)) = all().find(|(word, _)| *word == text) {
        return value.clone();
    }
    let known = all().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
    report.add(
        node.line,
        rule::VALUE_CHOICE,
        format!("“{text}”不在可选之列：{known}"),
        format!("`{text}` is not one of: {known}"),
    );
    first.1.clone()
}
