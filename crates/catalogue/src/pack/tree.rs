//! YAML as a tree that remembers its lines. Scalars stay text until somebody says what they should be, so `30.00` is
//! never a float and `no` never a boolean. A member given twice, an alias or a tag is refused, as is nesting that no
//! pack needs.

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::report::{Report, rule};

/// Deeper than any pack; keeps hostile input from exhausting the stack.
const MAX_DEPTH: usize = 32;

/// A value and the line it begins on.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub line: usize,
    pub value: Value,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Scalar { text: String, plain: bool },
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub key: String,
    pub line: usize,
    pub node: Node,
}

impl Node {
    /// Reads one document. `None` when the text is no YAML; the report says where.
    pub fn read(source: &str, report: &Report) -> Option<Self> {
        let mut builder = Builder { report, open: Vec::new(), root: None };
        for event in Parser::new_from_str(source) {
            let (event, span) = match event {
                Ok(found) => found,
                Err(error) => {
                    let (line, info) = (error.marker().line(), error.info());
                    report.add(
                        line,
                        rule::SYNTAX,
                        format!("这里不是有效的 YAML（{info}），检查缩进、引号与冒号"),
                        format!("this is not valid YAML ({info}); check indentation, quotes and colons"),
                    );
                    return None;
                }
            };
            builder.take(event, span.start.line())?;
        }
        if builder.root.is_none() {
            report.add(
                1,
                rule::SYNTAX,
                "文件是空的，写上 format、vertical 与 services",
                "the file is empty; write format, vertical and services",
            );
        }
        builder.root
    }

    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node),
            Value::Scalar { .. } | Value::List(_) => None,
        }
    }

    /// The line of what `path` leads to (`offerings/0/price`), or of the last part of it that exists.
    pub fn line_at(&self, path: &str) -> usize {
        let mut node = self;
        let mut line = self.line;
        for part in path.split('/').filter(|part| !part.is_empty()) {
            match &node.value {
                Value::Map(entries) => {
                    let Some(entry) = entries.iter().find(|entry| entry.key == part) else { return line };
                    (node, line) = (&entry.node, entry.line);
                }
                Value::List(items) => {
                    let Some(item) = part.parse::<usize>().ok().and_then(|i| items.get(i)) else {
                        return line;
                    };
                    (node, line) = (item, item.line);
                }
                Value::Scalar { .. } => return line,
            }
        }
        line
    }

    /// As JSON: plain `true`, `false`, `null` and whole numbers are what they look like, everything else is text.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Scalar { text, plain: false } => serde_json::Value::String(text.clone()),
            Value::Scalar { text, plain: true } => match text.as_str() {
                "true" => serde_json::Value::Bool(true),
                "false" => serde_json::Value::Bool(false),
                "null" | "~" | "" => serde_json::Value::Null,
                other => other
                    .parse::<i64>()
                    .ok()
                    .filter(|number| number.to_string() == other)
                    .map_or_else(|| serde_json::Value::String(other.to_owned()), serde_json::Value::from),
            },
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Map(entries) => serde_json::Value::Object(
                entries.iter().map(|entry| (entry.key.clone(), entry.node.to_json())).collect(),
            ),
        }
    }
}

/// A list or map that is not closed yet.
enum Open {
    List { line: usize, items: Vec<Node> },
    Map { line: usize, entries: Vec<Entry>, key: Option<(String, usize)> },
}

struct Builder<'r> {
    report: &'r Report,
    open: Vec<Open>,
    root: Option<Node>,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, line: usize) -> Option<()> {
        match event {
            Event::Scalar(text, style, _, tag) => {
                if tag.is_some() {
                    return self.refuse_feature(line);
                }
                let plain = style == ScalarStyle::Plain;
                self.scalar(Node { line, value: Value::Scalar { text: text.into_owned(), plain } })
            }
            Event::SequenceStart(_, tag) => {
                if tag.is_some() {
                    return self.refuse_feature(line);
                }
                self.push(Open::List { line, items: Vec::new() }, line)
            }
            Event::MappingStart(_, tag) => {
                if tag.is_some() {
                    return self.refuse_feature(line);
                }
                self.push(Open::Map { line, entries: Vec::new(), key: None }, line)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let node = match self.open.pop()? {
                    Open::List { line, items } => Node { line, value: Value::List(items) },
                    Open::Map { line, entries, .. } => Node { line, value: Value::Map(entries) },
                };
                self.place(node)
            }
            Event::Alias(_) => self.refuse_feature(line),
            Event::DocumentStart(_) if self.root.is_some() => {
                self.report.add(
                    line,
                    rule::SYNTAX,
                    "一个文件只能有一个文档，删去第二个 ---",
                    "a file holds one document; remove the second ---",
                );
                None
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Some(()),
        }
    }

    fn refuse_feature(&self, line: usize) -> Option<()> {
        self.report.add(
            line,
            rule::SYNTAX,
            "业务包不用别名（*x）与标签（!x），把内容写全",
            "packs use no aliases (*x) and no tags (!x); write the value out",
        );
        None
    }

    fn push(&mut self, open: Open, line: usize) -> Option<()> {
        if self.open.len() >= MAX_DEPTH {
            self.report.add(line, rule::SYNTAX, "嵌套过深", "nested too deeply");
            return None;
        }
        if let Some(Open::Map { key: None, .. }) = self.open.last() {
            self.report.add(line, rule::SYNTAX, "成员名须为文字", "a member's name must be text");
            return None;
        }
        self.open.push(open);
        Some(())
    }

    /// A scalar is a map's next key, or a value.
    fn scalar(&mut self, node: Node) -> Option<()> {
        if let Some(Open::Map { key: key @ None, entries, .. }) = self.open.last_mut() {
            let Value::Scalar { text, .. } = node.value else { return None };
            if entries.iter().any(|entry| entry.key == text) {
                self.report.add(
                    node.line,
                    rule::MEMBER_TWICE,
                    format!("“{text}”写了两次，只留一个"),
                    format!("`{text}` is given twice; keep one"),
                );
            }
            *key = Some((text, node.line));
            return Some(());
        }
        self.place(node)
    }

    fn place(&mut self, node: Node) -> Option<()> {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, key, .. }) => {
                let (key, line) = key.take()?;
                entries.push(Entry { key, line, node });
            }
        }
        Some(())
    }
}
