//! The files of `services/`: YAML that says everything about a service. [`read`] promises that what it gives satisfies
//! every rule of [`RULES`], and that what it refuses is refused whole, with file, line, rule and remedy for every mistake.

mod cel_check;
mod check;
mod copy;
mod credit;
mod decode;
mod fields;
mod offerings;
mod paying;
mod report;
mod steps;
#[cfg(test)]
mod tests;
mod tree;

pub use report::{Problem, Problems, RULES};
#[cfg(test)]
pub(crate) use tests::repository;

pub(crate) const SERVICE_UNIQUE: &str = report::rule::SERVICE_UNIQUE;

use crate::service::{Pack, Service, Vertical};
use check::{Across, Checked};
use report::Report;
use tree::Node;

/// Larger files are not read: a pack is written by people.
pub const MAX_FILE_BYTES: usize = 1_000_000;

/// One file as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The file's name, for messages: `telecom.yaml`.
    pub name: String,
    pub text: String,
}

/// A pack and, for each service, its own part of the source in canonical form.
#[derive(Debug, Clone)]
pub struct ReadPack {
    pub pack: Pack,
    /// Parallel to `pack.services`: a pack that holds only this service, as JSON (which is YAML).
    pub canonical: Vec<String>,
}

/// Reads and checks all files together; refuses all when one has a mistake.
pub fn read(files: &[SourceFile]) -> Result<Vec<ReadPack>, Problems> {
    let mut across = Across::default();
    let mut packs = Vec::new();
    let mut problems = Vec::new();
    for file in files {
        let report = Report::new(&file.name);
        packs.extend(read_file(file, &mut across, &report));
        problems.extend(report.into_problems());
    }
    if problems.is_empty() { Ok(packs) } else { Err(Problems(problems)) }
}

/// Reads again what was published. Rules that came later do not count: a running order keeps its version whatever the
/// rules say today. Only what cannot be understood is refused.
pub(crate) fn reread(file: &str, source: &str) -> Result<(Vertical, Service), Problems> {
    let report = Report::new(file);
    let found = Node::read(source, &report).and_then(|root| {
        let (vertical, nodes) = decode::head(&root, &report)?;
        let service = decode::service(nodes.first()?, &vertical.code, &report)?;
        Some((vertical, service))
    });
    let problems: Vec<Problem> =
        report.into_problems().into_iter().filter(|problem| !report::rule::of_taste(problem.rule)).collect();
    found.filter(|_| problems.is_empty()).ok_or(Problems(problems))
}

fn read_file(file: &SourceFile, across: &mut Across, report: &Report) -> Option<ReadPack> {
    if file.text.len() > MAX_FILE_BYTES {
        report.add(1, report::rule::SYNTAX, "文件超过 1 MB，拆成几个", "the file is over 1 MB; split it");
        return None;
    }
    let root = Node::read(&file.text, report)?;
    let (vertical, nodes) = decode::head(&root, report)?;
    across.vertical(&vertical.code, root.line_at("vertical/code"), &file.name, report);
    let mut services = Vec::new();
    let mut canonical = Vec::new();
    for node in nodes {
        if let Some(code) = decode::code_of(node) {
            across.service(&code, node.line_at("code"), &file.name, report);
        }
        let before = report.len();
        let Some(service) = decode::service(node, &vertical.code, report) else { continue };
        if report.len() > before {
            continue;
        }
        check::service(&Checked { service: &service, node, report });
        for (index, offering) in service.offerings.iter().enumerate() {
            if let Some(sku) = &offering.sku {
                across.sku(sku, node.line_at(&format!("offerings/{index}/stock/sku")), &file.name, report);
            }
        }
        canonical.push(canonical_text(&root, node));
        services.push(service);
    }
    Some(ReadPack { pack: Pack { file: file.name.clone(), vertical, services }, canonical })
}

/// The part of a file that says one service: what is kept with the version, and what its hash is made of.
fn canonical_text(root: &Node, service: &Node) -> String {
    let vertical = root.get("vertical").map(Node::to_json).unwrap_or_default();
    let pack = serde_json::json!({
        "format": crate::service::FORMAT,
        "vertical": vertical,
        "services": [service.to_json()],
    });
    serde_json::to_string_pretty(&pack).unwrap_or_default()
}
