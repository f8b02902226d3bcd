//! What a node judges by besides histories: live and shadow rules, lists, models. Read whole, swapped at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use durable::Cx;
use sha2::{Digest, Sha256};

use super::model::{Family, Thresholds};
use crate::Error;
use crate::list::rules::Book;
use crate::model::Model;
use crate::rule::RuleState;
use crate::rule::rules::Ready;
use crate::{list, registry, rule};

/// A model at work.
#[derive(Debug, Clone)]
pub(crate) struct AtWork {
    pub id: i64,
    pub model: Arc<Model>,
    /// Those set for it.
    pub thresholds: Thresholds,
}

#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    pub rules: Vec<Ready>,
    pub lists: Book,
    /// One a family.
    pub live: BTreeMap<i64, AtWork>,
    pub shadows: Vec<(i64, AtWork)>,
    /// Names the live rules: the same for the same rules.
    pub rules_version: String,
}

impl Snapshot {
    /// Reads everything; a model that is in memory already is not read again.
    pub(crate) async fn load(cx: &Cx, before: &Self) -> Result<Self, Error> {
        let mut tx = cx.read().await?;
        let mut rules = Vec::new();
        for rule in rule::store::list_running(&mut tx).await? {
            match rule.ready() {
                Ok(ready) => rules.push(ready),
                // It was checked when it was written: this release knows less than the one that checked it.
                Err(why) => {
                    tracing::error!(rule = %rule.id, why = %why.en, "a risk rule cannot be read and does not run")
                }
            }
        }
        let mut lists = Book::default();
        for (entity, value, list, until) in list::store::list_active(&mut tx).await? {
            lists.insert(entity, value, list, until);
        }
        let mut snapshot = Self { rules_version: version(&rules), rules, lists, ..Self::default() };
        for found in registry::store::list_at_work(&mut tx).await? {
            let model = match before.model(found.id) {
                Some(model) => model,
                None => match registry::store::find_file(&mut tx, cx, found.id).await? {
                    Some(file) => match Model::parse(&file) {
                        Ok(model) => Arc::new(model),
                        Err(error) => {
                            tracing::error!(model = found.id, %error, "a risk model cannot be read and does not score");
                            continue;
                        }
                    },
                    None => continue,
                },
            };
            let at_work = AtWork { id: found.id, model, thresholds: found.thresholds };
            if found.is_live {
                snapshot.live.insert(found.family, at_work);
            } else {
                snapshot.shadows.push((found.family, at_work));
            }
        }
        Ok(snapshot)
    }

    fn model(&self, id: i64) -> Option<Arc<Model>> {
        let all = self.live.values().chain(self.shadows.iter().map(|(_, one)| one));
        all.filter(|one| one.id == id).map(|one| Arc::clone(&one.model)).next()
    }

    pub(crate) fn live(&self, family: Family) -> Option<&AtWork> {
        self.live.get(&family.code())
    }

    pub(crate) fn shadows(&self, family: Family) -> impl Iterator<Item = &AtWork> {
        self.shadows.iter().filter(move |(of, _)| *of == family.code()).map(|(_, one)| one)
    }

    /// `rules-0a1b2c3d model-4e5f6a7b`.
    pub(crate) fn version(&self, family: Family) -> String {
        match self.live(family) {
            Some(at_work) => format!("{} {}", self.rules_version, at_work.version()),
            None => self.rules_version.clone(),
        }
    }
}

impl AtWork {
    pub(crate) fn version(&self) -> String {
        format!("model-{}", short(self.model.hash()))
    }
}

fn version(rules: &[Ready]) -> String {
    let mut digest = Sha256::new();
    for rule in rules.iter().filter(|rule| rule.state == RuleState::Live) {
        digest.update(rule.id.raw().to_le_bytes());
    }
    format!("rules-{}", short(&digest.finalize()))
}

fn short(hash: &[u8]) -> String {
    kernel::hex::encode(hash.iter().take(4))
}
