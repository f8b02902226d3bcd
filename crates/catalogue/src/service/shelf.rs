//! The published catalogue in memory. Reading it takes no lock; a publication anywhere swaps it on every node.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use durable::Cx;
use kernel::{Duration, Timestamp};

use super::store::VersionRow;
use super::{Eligibility, Error, Facts, Offering, Priced, QuotedPrice, Service, Vertical, rules, store};
use crate::search::{Document, Index};

/// Tells every node that something was published.
pub const CHANNEL: &str = "catalogue";

/// A node looks by itself this often, should a wake-up have been lost.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Old versions kept in memory; the oldest orders are few.
const MAX_OLD: usize = 500;

/// One version of one service with its compiled rules.
#[derive(Debug)]
pub struct ServiceVersion {
    pub code: String,
    pub version: i64,
    /// SHA-256 of the canonical source, in hex.
    pub hash: String,
    pub file: String,
    pub published_at: Timestamp,
    /// As [`kernel::Actor::label`] says.
    pub published_by: String,
    pub vertical: Vertical,
    pub service: Service,
    /// The pack that holds this service alone, as JSON.
    pub source: String,
    eligibility: Eligibility,
    /// The form without the amounts that only other offerings ask for.
    plain_form: forms::Form,
}

impl ServiceVersion {
    /// What is asked for an offering: an amount to be entered is asked only where it is the price.
    pub fn form_for(&self, offering: &str) -> &forms::Form {
        match self.service.offering(offering).map(|offering| &offering.price) {
            Some(super::Price::Entered { .. }) => &self.service.form,
            _ => &self.plain_form,
        }
    }

    pub fn offering(&self, code: &str) -> Result<&Offering, Error> {
        self.service.offering(code).ok_or(Error::OfferingNotFound)
    }

    /// See [`rules::price`].
    pub fn price(
        &self,
        offering: &Offering,
        quantity: i64,
        answers: &serde_json::Value,
        quote: Option<&QuotedPrice>,
        now: Timestamp,
    ) -> Result<Priced, Error> {
        rules::price(&self.service, offering, quantity, answers, quote, now)
    }

    /// See [`rules::eligible`].
    pub fn eligible(&self, facts: &Facts<'_>) -> Result<(), Error> {
        rules::eligible(&self.service, &self.eligibility, facts)
    }

    /// See [`rules::stock_item`].
    pub fn stock_item(
        &self,
        offering: &Offering,
        answers: &serde_json::Value,
        now: Timestamp,
    ) -> Result<Option<String>, Error> {
        rules::stock_item(&self.service, offering, answers, now)
    }

    fn read(row: VersionRow) -> Result<Self, Error> {
        let (vertical, service) = crate::pack::reread(&row.file, &row.source).map_err(Error::bug)?;
        let eligibility = Eligibility::compile(&service)?;
        let entered: Vec<&str> = service
            .offerings
            .iter()
            .filter_map(|offering| match &offering.price {
                super::Price::Entered { field, .. } => Some(field.as_str()),
                _ => None,
            })
            .collect();
        let plain_form = if entered.is_empty() {
            service.form.clone()
        } else {
            service.form.without(&entered).map_err(|problems| Error::bug(format!("{problems:?}")))?
        };
        Ok(Self {
            plain_form,
            code: row.code,
            version: row.version,
            hash: row.hash,
            file: row.file,
            published_at: row.published_at,
            published_by: row.published_by,
            vertical,
            service,
            source: row.source,
            eligibility,
        })
    }
}

/// What was offered at one moment.
#[derive(Debug, Default)]
pub struct Snapshot {
    pub revision: i64,
    /// By vertical, then as in the file.
    pub services: Vec<Arc<ServiceVersion>>,
    /// Those with a service, in their order.
    pub verticals: Vec<Vertical>,
    by_code: HashMap<String, usize>,
    /// Published and not offered here.
    withheld: BTreeSet<String>,
    index: Index,
}

impl Snapshot {
    fn build(
        revision: i64,
        mut services: Vec<(i64, Arc<ServiceVersion>)>,
        withheld: BTreeSet<String>,
    ) -> Self {
        services.sort_by(|(a_place, a), (b_place, b)| {
            let key = |place: i64, v: &ServiceVersion| (v.vertical.position, v.vertical.code.clone(), place);
            key(*a_place, a).cmp(&key(*b_place, b))
        });
        let services: Vec<Arc<ServiceVersion>> = services.into_iter().map(|(_, version)| version).collect();
        let mut verticals: Vec<Vertical> = Vec::new();
        for version in &services {
            if verticals.last().is_none_or(|last| last.code != version.vertical.code) {
                verticals.push(version.vertical.clone());
            }
        }
        let by_code = services.iter().enumerate().map(|(place, v)| (v.code.clone(), place)).collect();
        let documents: Vec<Document> = services.iter().map(|v| document(&v.vertical, &v.service)).collect();
        Self { revision, services, verticals, by_code, withheld, index: Index::build(&documents) }
    }

    /// Whether this service is published and the operator does not offer it: see [`BetweenBalances`].
    pub fn is_withheld(&self, code: &str) -> bool {
        self.withheld.contains(code)
    }

    pub fn service(&self, code: &str) -> Option<Arc<ServiceVersion>> {
        self.by_code.get(code).and_then(|place| self.services.get(*place)).cloned()
    }

    /// The service that carries money from one balance to another, where one is offered.
    pub fn crediting(&self) -> Option<Arc<ServiceVersion>> {
        self.services.iter().find(|version| version.service.credits()).cloned()
    }

    /// Best first; an empty list when nothing fits.
    pub fn search(&self, query: &str) -> Vec<Arc<ServiceVersion>> {
        self.index.find(query).into_iter().filter_map(|place| self.services.get(place)).cloned().collect()
    }
}

/// What a service can be found by.
pub(crate) fn document(vertical: &Vertical, service: &Service) -> Document {
    let mut document = Document::default();
    for locale in kernel::Locale::ALL {
        document.name(service.name.get(locale));
        document.summary(service.summary.get(locale));
        document.summary(vertical.name.get(locale));
        for offering in &service.offerings {
            document.offering(offering.name.get(locale));
            document.body(offering.summary.as_ref().map_or("", |summary| summary.get(locale)));
        }
        for faq in &service.faq {
            document.body(faq.question.get(locale));
        }
    }
    for alias in &service.aliases {
        document.alias(alias);
    }
    document.alias(&service.code);
    document
}

/// Whether services are offered that move money between the balances of two customers. That needs a licence in many places, so it is off
/// until the operator says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BetweenBalances {
    #[default]
    Withheld,
    Offered,
}

/// The catalogue of this node.
#[derive(Debug, Default)]
pub struct Shelf {
    between: BetweenBalances,
    current: ArcSwap<Snapshot>,
    old: Mutex<HashMap<(String, i64), Arc<ServiceVersion>>>,
}

impl Shelf {
    /// What is published now, without what moves money between two balances.
    pub async fn load(cx: &Cx) -> Result<Arc<Self>, Error> {
        Self::load_with(cx, BetweenBalances::Withheld).await
    }

    /// What is published now.
    pub async fn load_with(cx: &Cx, between: BetweenBalances) -> Result<Arc<Self>, Error> {
        let shelf = Arc::new(Self { between, ..Self::default() });
        shelf.reload(cx).await?;
        Ok(shelf)
    }

    /// Reads what is published now and swaps it in. Versions that did not change are not read again.
    pub async fn reload(&self, cx: &Cx) -> Result<(), Error> {
        let mut tx = cx.read().await?;
        // The revision is read first: a publication in between is then noticed at the next look.
        let revision = store::find_revision(&mut tx).await?;
        let rows = store::list_current(&mut tx).await?;
        drop(tx);
        let before = self.snapshot();
        let (mut services, mut withheld) = (Vec::with_capacity(rows.len()), BTreeSet::new());
        for row in rows {
            let place = row.place;
            let known = before.service(&row.code).filter(|v| v.version == row.version);
            let version = match known {
                Some(same) => same,
                None => Arc::new(ServiceVersion::read(row)?),
            };
            // Only its orders that were accepted go on: they find their version in the database.
            if self.between == BetweenBalances::Withheld && version.service.credits() {
                withheld.insert(version.code.clone());
                continue;
            }
            services.push((place, version));
        }
        self.current.store(Arc::new(Snapshot::build(revision, services, withheld)));
        Ok(())
    }

    /// Everything offered now; holds still while the caller looks at it.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// The current version of a service.
    pub fn service(&self, code: &str) -> Option<Arc<ServiceVersion>> {
        self.current.load().service(code)
    }

    /// See [`Snapshot::crediting`].
    pub fn crediting(&self) -> Option<Arc<ServiceVersion>> {
        self.current.load().crediting()
    }

    pub fn all(&self) -> Vec<Arc<ServiceVersion>> {
        self.current.load().services.clone()
    }

    pub fn verticals(&self) -> Vec<Vertical> {
        self.current.load().verticals.clone()
    }

    /// Services found by names, aliases, pinyin and misspelt English of either language, best first.
    pub fn search(&self, query: &str) -> Vec<Arc<ServiceVersion>> {
        self.current.load().search(query)
    }

    /// A version ever published: a running order finishes under the one it began with (O6).
    pub async fn version(&self, cx: &Cx, code: &str, version: i64) -> Result<Arc<ServiceVersion>, Error> {
        if let Some(found) = self.service(code).filter(|current| current.version == version) {
            return Ok(found);
        }
        let key = (code.to_owned(), version);
        if let Some(found) = self.lock_old().get(&key) {
            return Ok(Arc::clone(found));
        }
        let row = store::find_version(&mut cx.read().await?, code, version).await?.ok_or(Error::NotFound)?;
        let found = Arc::new(ServiceVersion::read(row)?);
        let mut old = self.lock_old();
        if old.len() >= MAX_OLD {
            old.clear();
        }
        old.insert(key, Arc::clone(&found));
        Ok(found)
    }

    fn lock_old(&self) -> std::sync::MutexGuard<'_, HashMap<(String, i64), Arc<ServiceVersion>>> {
        self.old.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps this node's catalogue up to date; never ends. A failed look is logged and repeated.
    pub async fn follow(self: Arc<Self>, cx: Cx) {
        let mut listener = cx.db.listen(CHANNEL);
        loop {
            let woken = tokio::time::timeout(LOOK_EVERY.to_std(), listener.recv()).await.is_ok();
            let looked = async {
                let behind = woken
                    || store::find_revision(&mut cx.read().await?).await? != self.current.load().revision;
                if behind { self.reload(&cx).await } else { Ok(()) }
            };
            if let Err(error) = looked.await {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, source, "the catalogue could not be read; the last one stays");
            }
        }
    }
}
