//! Publishing: all files or nothing, a new version only where something changed.

use std::collections::{BTreeSet, HashMap};

use db::Tx;
use durable::Cx;
use kernel::{Actor, FieldError, Permission, hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::model::VersionInfo;
use super::store::{self, VersionRow};
use super::{CHANNEL, Error, StockPolicy};
use crate::pack::{self, Problem, Problems, ReadPack, SourceFile};
use crate::stock;

/// The topic of [`CataloguePublished`].
pub const CATALOGUE_PUBLISHED: &str = "catalogue.published";

/// What was published changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CataloguePublished {
    pub revision: i64,
    /// Code and new version.
    pub changed: Vec<(String, i64)>,
    /// Codes no longer offered.
    pub withdrawn: Vec<String>,
}

/// What a publication did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Unchanged when nothing differed.
    pub revision: i64,
    pub changed: Vec<(String, i64)>,
    pub withdrawn: Vec<String>,
    pub unchanged: usize,
}

/// Publishes the packs of `files`: every service of their verticals is replaced, one that is missing is withdrawn, other
/// verticals stay. Refused whole when one file has a mistake. The same content makes no new version.
pub async fn publish(cx: &Cx, actor: &Actor, files: &[SourceFile]) -> Result<Published, Error> {
    if !actor.may(Permission::PublishCatalogue) {
        return Err(Error::Forbidden);
    }
    let packs = pack::read(files).map_err(refused)?;
    let mut tx = cx.begin().await?;
    let revision = store::next_revision(&mut tx).await?;
    let current = store::list_current(&mut tx).await?;
    let verticals: BTreeSet<&str> = packs.iter().map(|read| read.pack.vertical.code.as_str()).collect();
    against_others(&packs, &current, &verticals)?;

    let wanted = wanted(&packs, cx, actor);
    let latest = store::latest_versions(&mut tx).await?;
    let mut out = Published { revision, changed: Vec::new(), withdrawn: Vec::new(), unchanged: 0 };
    for mut row in wanted.iter().cloned() {
        let before = current.iter().find(|known| known.code == row.code);
        if let Some(same) = before.filter(|known| known.hash == row.hash) {
            row.version = same.version;
            out.unchanged = out.unchanged.saturating_add(1);
            if (same.place, &same.vertical) != (row.place, &row.vertical) {
                store::set_current(&mut tx, &row).await?;
            }
            continue;
        }
        row.version = latest.get(&row.code).copied().unwrap_or(0).saturating_add(1);
        store::insert_version(&mut tx, &row).await?;
        store::set_current(&mut tx, &row).await?;
        out.changed.push((row.code, row.version));
    }
    for gone in current.iter().filter(|known| verticals.contains(known.vertical.as_str())) {
        if !wanted.iter().any(|row| row.code == gone.code) {
            store::remove_current(&mut tx, &gone.code).await?;
            out.withdrawn.push(gone.code.clone());
        }
    }
    open_stock(&mut tx, cx, &packs).await?;
    if out.changed.is_empty() && out.withdrawn.is_empty() {
        out.revision = revision.saturating_sub(1);
        return Ok(out);
    }
    tell(&mut tx, cx, actor, &out).await?;
    tx.commit().await?;
    Ok(out)
}

/// What `publish` would refuse, without publishing; for `everlit catalogue check`.
pub fn check(files: &[SourceFile]) -> Result<Vec<ReadPack>, Error> {
    pack::read(files).map_err(refused)
}

/// Versions of a service, newest first.
pub async fn history(cx: &Cx, actor: &Actor, code: &str) -> Result<Vec<VersionInfo>, Error> {
    if !actor.may(Permission::ReadCatalogue) {
        return Err(Error::Forbidden);
    }
    let found = store::list_history(&mut cx.read().await?, code).await?;
    if found.is_empty() { Err(Error::NotFound) } else { Ok(found) }
}

fn refused(problems: Problems) -> Error {
    let field = |p: &Problem| {
        let pointer = format!("/files/{}/{}", p.file.replace('~', "~0").replace('/', "~1"), p.line);
        FieldError::new(pointer, p.rule, &p.zh, &p.en)
    };
    let fields = problems.0.iter().map(field).collect();
    Error::PacksRefused { count: problems.len(), problems, fields }
}

/// Codes are unique over everything published, also over files that are not part of this publication.
fn against_others(packs: &[ReadPack], current: &[VersionRow], ours: &BTreeSet<&str>) -> Result<(), Error> {
    let foreign: HashMap<&str, &str> = current
        .iter()
        .filter(|row| !ours.contains(row.vertical.as_str()))
        .map(|row| (row.code.as_str(), row.file.as_str()))
        .collect();
    let mut problems = Vec::new();
    for read in packs {
        for service in &read.pack.services {
            if let Some(file) = foreign.get(service.code.as_str()) {
                problems.push(Problem {
                    file: read.pack.file.clone(),
                    line: 1,
                    rule: pack::SERVICE_UNIQUE,
                    zh: format!("“{}”已在已发布的 {file} 中使用，换一个", service.code),
                    en: format!("`{}` is already used in the published {file}; choose another", service.code),
                });
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(refused(Problems(problems))) }
}

/// One row for each service, its version still open.
fn wanted(packs: &[ReadPack], cx: &Cx, actor: &Actor) -> Vec<VersionRow> {
    let mut out = Vec::new();
    for read in packs {
        for ((service, source), place) in read.pack.services.iter().zip(&read.canonical).zip(0_i64..) {
            out.push(VersionRow {
                code: service.code.clone(),
                version: 0,
                hash: hex::encode(&Sha256::digest(source.as_bytes())),
                file: read.pack.file.clone(),
                source: source.clone(),
                published_at: cx.now(),
                published_by: actor.label(),
                vertical: read.pack.vertical.code.clone(),
                place,
            });
        }
    }
    out
}

/// Stock items and times that are new begin with what the pack says; what exists is left alone.
async fn open_stock(tx: &mut Tx, cx: &Cx, packs: &[ReadPack]) -> Result<(), Error> {
    let services = packs.iter().flat_map(|read| &read.pack.services);
    let mut items = Vec::new();
    for service in services {
        match &service.stock {
            StockPolicy::None => {}
            StockPolicy::PerOffering => items.extend(stock::goods(service)),
            StockPolicy::Slots(_) => items.extend(stock::slots(service, cx.now())),
        }
    }
    Ok(stock::open_items(tx, cx, items).await.map(|_| ())?)
}

/// Event, wake-up and, last, audit.
async fn tell(tx: &mut Tx, cx: &Cx, actor: &Actor, out: &Published) -> Result<(), Error> {
    let event = CataloguePublished {
        revision: out.revision,
        changed: out.changed.clone(),
        withdrawn: out.withdrawn.clone(),
    };
    durable::emit(tx, cx, CATALOGUE_PUBLISHED, out.revision, &event).await?;
    tx.notify(CHANNEL, out.revision.to_string());
    let entry = audit::Entry {
        verb: "catalogue.publish",
        object_kind: "catalogue",
        object: out.revision,
        customer: None,
        detail: serde_json::to_value(&event).map_err(Error::bug)?,
        reason: None,
    };
    Ok(audit::record(tx, cx, actor, entry).await?)
}
