//! Everything about an order that needs no lock, done by the caller's own task before the desk sees it: form, price, eligibility,
//! sealing. What is decided here is decided again by nobody; what can change under our feet is left to the desk.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalogue::service::{
    CaptureAt, CustomerFacts, Facts, Outcome, PaymentMethod, QuotedPrice, ServiceVersion, Shelf,
};
use durable::Cx;
use kernel::{AccountId, Actor, Duration, FieldError, Level, Money, Permission, Timestamp};

use super::model::{NewLine, PlaceOrder, Prepared, PreparedLine};
use crate::Error;
use crate::order::{LineId, OrderId, store};
use crate::{payee, quote};

/// More lines than this are several orders.
pub(crate) const MAX_LINES: usize = 50;

/// What the lines looked at so far give to each payee.
type Sent = BTreeMap<i64, Money>;

/// Checks an order and prices it.
pub(crate) async fn prepare(cx: &Cx, shelf: &Shelf, new: PlaceOrder) -> Result<Prepared, Error> {
    authorise(&new.actor, &new)?;
    if new.lines.is_empty() {
        return Err(Error::NoLines);
    }
    if new.lines.len() > MAX_LINES {
        return Err(Error::TooManyLines { most: MAX_LINES });
    }
    let snapshot = shelf.snapshot();
    let customer = facts_of(cx, &snapshot, &new).await?;
    let now = cx.now();
    let (mut lines, mut wrong, mut sent) = (Vec::new(), Vec::new(), Sent::new());
    for (index, line) in new.lines.iter().enumerate() {
        match prepare_line(cx, &snapshot, &new, line, (&customer, &mut sent)).await {
            Ok(line) => lines.push(line),
            Err(Error::InvalidInput { fields }) => {
                let prefix = format!("/lines/{index}");
                wrong.extend(fields.into_iter().map(|field| field.under(&prefix)));
            }
            Err(other) => return Err(other),
        }
    }
    if !wrong.is_empty() {
        return Err(Error::InvalidInput { fields: wrong });
    }
    if lines.len() > 1 && lines.iter().any(|line| line.beneficiary.is_some()) {
        return Err(Error::TransferAlone);
    }
    let total = sum(&lines)?;
    if total != new.agreed_total {
        return Err(Error::Changed { total });
    }
    let capture = capture(&lines)?;
    let from_balance = split(&new, total, capture)?;
    let level = lines.iter().map(|line| line.service.service.service_level).max().unwrap_or(Duration::ZERO);
    Ok(Prepared {
        id: OrderId::new(&cx.ids, now),
        customer: new.customer,
        person: person(&new),
        needs: lines.iter().map(|line| line.service.service.requires_level).max().unwrap_or_default(),
        key: new.key,
        lines,
        payment: new.payment,
        from_balance,
        capture,
        total,
        cart: new.cart,
        draft: new.draft,
        channel: new.channel,
        // The promise begins to run when the order may go on.
        due_at: now.plus(new.hold_for.map_or(Duration::ZERO, |hold| hold.lasts)).plus(level),
        hold_for: new.hold_for,
        approval: None,
        judged: Vec::new(),
        actor: new.actor,
    })
}

/// When the money is taken. What is taken at once and what is taken when the work is done cannot be one payment, and charging early what
/// was promised to be charged late is no way out: such lines are ordered separately.
fn capture(lines: &[PreparedLine]) -> Result<CaptureAt, Error> {
    let mut all = lines.iter().filter(|line| !line.priced.total.is_zero()).map(PreparedLine::capture);
    let first = all.next().unwrap_or_default();
    if all.all(|other| other == first) { Ok(first) } else { Err(Error::MixedCapture) }
}

/// The part from the balance: more than nothing, less than all, and only beside money from outside that is taken at once.
fn split(new: &PlaceOrder, total: Money, capture: CaptureAt) -> Result<i64, Error> {
    let Some(part) = new.from_balance.filter(|part| !part.is_zero()) else { return Ok(0) };
    if capture == CaptureAt::Completion {
        let (zh, en) = (
            "办结后扣款的业务只能用一种方式支付，不能用余额抵扣一部分",
            "What is taken when the work is done is paid one way; no part of it comes from the balance",
        );
        return Err(Error::InvalidInput {
            fields: vec![FieldError::new("/from_balance", "from_balance", zh, en)],
        });
    }
    let fits =
        new.payment.is_outside() && part.currency == total.currency && (1..total.minor).contains(&part.minor);
    if fits {
        return Ok(part.minor);
    }
    let (zh, en) = (
        "余额抵扣需少于应付金额，其余用另一种方式支付",
        "The part from the balance must be less than the total; the rest is paid another way",
    );
    Err(Error::InvalidInput { fields: vec![FieldError::new("/from_balance", "from_balance", zh, en)] })
}

fn authorise(actor: &Actor, new: &PlaceOrder) -> Result<(), Error> {
    let own = actor.customer() == Some(new.customer) && actor.may(Permission::ActAsCustomer);
    if own || actor.is_system() {
        Ok(())
    } else if actor.customer().is_none() {
        Err(Error::SignInNeeded)
    } else {
        Err(Error::Forbidden)
    }
}

/// What eligibility rules may know of the customer; counted only where a rule asks.
async fn facts_of(
    cx: &Cx,
    snapshot: &catalogue::service::Snapshot,
    new: &PlaceOrder,
) -> Result<CustomerFacts, Error> {
    let rule_names = |fact: &str| {
        let mut versions = new.lines.iter().filter_map(|line| snapshot.service(&line.service));
        versions.any(|version| version.service.eligibility.iter().any(|rule| rule.allow.contains(fact)))
    };
    let asked = rule_names("customer.orders");
    let orders = if asked { store::count_of_customer(&mut cx.read().await?, new.customer).await? } else { 0 };
    let age = cx.now().since(kernel::made_at(new.customer.raw()));
    let level = if rule_names("customer.level") { level_of(cx, person(new)).await? } else { Level::None };
    Ok(CustomerFacts { age_days: age.as_secs() / 86_400, level, orders })
}

/// Whose identity counts: of whoever acts, also for an organisation.
fn person(new: &PlaceOrder) -> AccountId {
    new.actor.account().unwrap_or(new.customer)
}

async fn level_of(cx: &Cx, person: AccountId) -> Result<Level, Error> {
    let mut tx = cx.read().await?;
    identity::real_name::level_of(&mut tx, cx, person).await.map_err(Error::bug)
}

/// How surely it is known who acts, for those whose services want to know and for those who send money away; the desk asks inside its transaction.
pub(super) async fn levels(
    tx: &mut db::Tx,
    cx: &Cx,
    commands: &[&Prepared],
) -> Result<std::collections::HashMap<AccountId, Level>, db::Error> {
    let matters = |command: &Prepared| command.needs > Level::None || command.sent().is_positive();
    let asked: std::collections::BTreeSet<AccountId> =
        commands.iter().filter(|command| matters(command)).map(|command| command.person).collect();
    let asked: Vec<AccountId> = asked.into_iter().collect();
    let found = identity::real_name::levels_of(tx, cx, &asked).await;
    found.map_err(|error| db::Error::Other(error.into()))
}

/// Whether it is known surely enough who the actor is to order this service. The desk asks again; this is for telling before
/// anything is sent.
pub async fn check_level(cx: &Cx, actor: &Actor, version: &ServiceVersion) -> Result<(), Error> {
    let needed = version.service.requires_level;
    if needed == Level::None {
        return Ok(());
    }
    let has = level_of(cx, actor.account().ok_or(Error::SignInNeeded)?).await?;
    if has >= needed { Ok(()) } else { Err(Error::LevelNeeded { needed, has }) }
}

async fn prepare_line(
    cx: &Cx,
    snapshot: &catalogue::service::Snapshot,
    new: &PlaceOrder,
    line: &NewLine,
    (customer, sent): (&CustomerFacts, &mut Sent),
) -> Result<PreparedLine, Error> {
    if snapshot.is_withheld(&line.service) {
        return Err(Error::TransfersOff);
    }
    let version = snapshot.service(&line.service).ok_or_else(|| field("/service", "service_not_found"))?;
    let service = &version.service;
    if service.outcome != Outcome::Order {
        return Err(field("/service", "service_not_found"));
    }
    if line.version.is_some_and(|seen| seen != version.version) {
        return Err(Error::Changed { total: new.agreed_total });
    }
    let part = new.from_balance.is_some_and(Money::is_positive);
    let taken = |method: PaymentMethod| service.payment.contains(&method);
    if !new.agreed_total.is_zero() && (!taken(new.payment) || part && !taken(PaymentMethod::Balance)) {
        return Err(Error::PaymentNotOffered);
    }
    let now = cx.now();
    let answers = checked_answers(&version, &line.offering, &line.answers, now)?;
    let offering = version.offering(&line.offering).map_err(|_| field("/offering", "offering_not_found"))?;
    let quote = quoted(cx, new, line, &version, &answers).await?;
    let priced = version
        .price(offering, line.quantity, &answers, quote.as_ref(), now)
        .map_err(|error| from_catalogue(error, service))?;
    let named = payee::balance::named(cx, new.customer, service, &answers).await?;
    let beneficiary = named.as_ref().and_then(|payee| payee.beneficiary);
    let payee = payee::number(cx, service, &answers, beneficiary);
    // What an order sends to one account counts together, into however many lines it is cut.
    let to_payee = sent.entry(payee).or_insert(Money::zero(priced.total.currency));
    *to_payee = to_payee.checked_add(priced.total).map_err(no_sum)?;
    let asked = (version.code.as_str(), &answers);
    let recipient = payee::recipient(cx, &new.actor, new.customer, asked).await?;
    match named.as_ref().zip(beneficiary) {
        Some(to) => payee::balance::guard(cx, &new.actor, new.customer, to, *to_payee).await?,
        None => payee::guard(cx, &new.actor, new.customer, asked, recipient, *to_payee).await?,
    }
    let facts = Facts { answers: &answers, customer, offering: &line.offering, quantity: line.quantity, now };
    version.eligible(&facts).map_err(|error| from_catalogue(error, service))?;
    let sku = version.stock_item(offering, &answers, now).map_err(|error| from_catalogue(error, service))?;
    let title = priced.parts.first().map(|part| part.label.clone()).unwrap_or_default();
    Ok(PreparedLine {
        id: LineId::new(&cx.ids, now),
        offering: line.offering.clone(),
        quantity: line.quantity,
        priced,
        sku,
        title,
        payee,
        recipient,
        beneficiary,
        sealed: store::seal(cx, store::ANSWERS, &answers)?,
        quote: line.quote,
        service: version,
    })
}

/// The answers as the service's form wants them; every wrong field is named.
pub(crate) fn checked_answers(
    version: &Arc<ServiceVersion>,
    offering: &str,
    answers: &serde_json::Value,
    now: Timestamp,
) -> Result<serde_json::Value, Error> {
    version.form_for(offering).check(answers, beijing_date(now)).map_err(|fields| Error::InvalidInput {
        fields: fields.into_iter().map(|field| field.under("/answers")).collect(),
    })
}

/// The checked answers of one line, before it is an order.
pub(crate) fn checked_line(cx: &Cx, shelf: &Shelf, line: &NewLine) -> Result<serde_json::Value, Error> {
    checked_version_line(cx, shelf, line).map(|(_, answers)| answers)
}

/// The same, with the version whose form was asked.
pub(crate) fn checked_version_line(
    cx: &Cx,
    shelf: &Shelf,
    line: &NewLine,
) -> Result<(Arc<ServiceVersion>, serde_json::Value), Error> {
    let version = shelf.service(&line.service).ok_or_else(|| field("/service", "service_not_found"))?;
    let offering = version.offering(&line.offering).map_err(|_| field("/offering", "offering_not_found"))?;
    let limits = offering.quantity;
    if !(limits.min..=limits.max).contains(&line.quantity) {
        let error = catalogue::service::Error::QuantityOutside { min: limits.min, max: limits.max };
        return Err(from_catalogue(error, &version.service));
    }
    let answers = checked_answers(&version, &line.offering, &line.answers, cx.now())?;
    Ok((version, answers))
}

/// The date where the service is given.
pub(crate) fn beijing_date(now: Timestamp) -> jiff::civil::Date {
    now.to_jiff().to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).date()
}

/// The provider's amount, where the line names a quote that is this customer's and about these answers.
async fn quoted(
    cx: &Cx,
    new: &PlaceOrder,
    line: &NewLine,
    version: &ServiceVersion,
    answers: &serde_json::Value,
) -> Result<Option<QuotedPrice>, Error> {
    let Some(id) = line.quote else { return Ok(None) };
    let quote = quote::store::find(&mut cx.read().await?, cx, id).await?;
    let quote = quote
        .filter(|q| q.customer == new.customer && q.service == version.code)
        .filter(|q| q.fingerprint == quote::subject(cx, version, answers))
        .ok_or_else(|| field("/quote", "quote_not_found"))?;
    if quote.expires_at <= cx.now() {
        return Err(Error::QuoteExpired);
    }
    Ok(quote.provider)
}

fn sum(lines: &[PreparedLine]) -> Result<Money, Error> {
    let mut totals = lines.iter().map(|line| line.priced.total);
    let first = totals.next().ok_or(Error::NoLines)?;
    totals.try_fold(first, Money::checked_add).map_err(no_sum)
}

fn no_sum(error: kernel::MoneyError) -> Error {
    match error {
        kernel::MoneyError::CurrencyMismatch => Error::MixedCurrencies,
        other => Error::bug(other),
    }
}

fn field(pointer: &str, code: &'static str) -> Error {
    let (zh, en) = match code {
        "service_not_found" => {
            ("没有这项业务，可在业务目录里查找", "There is no such service. Look in the catalogue")
        }
        "offering_not_found" => {
            ("该选项已不再提供，换一个选项", "This option is no longer offered. Choose another")
        }
        _ => ("没有这份报价，重新查询后再提交", "There is no such quote. Ask again, then submit"),
    };
    Error::InvalidInput { fields: vec![FieldError::new(pointer, code, zh, en)] }
}

/// The catalogue's refusals in the words of an order: what is about a field names the field.
pub(crate) fn from_catalogue(
    error: catalogue::service::Error,
    service: &catalogue::service::Service,
) -> Error {
    use catalogue::service::Error as C;
    use kernel::Refusal as _;
    let at = |pointer: String, error: &C| {
        let (zh, en) = (error.message(kernel::Locale::Zh), error.message(kernel::Locale::En));
        Error::InvalidInput { fields: vec![FieldError::new(pointer, error.code(), zh, en)] }
    };
    match &error {
        C::QuoteExpired => Error::QuoteExpired,
        C::QuantityOutside { .. } => at("/quantity".to_owned(), &error),
        C::OfferingNotFound => at("/offering".to_owned(), &error),
        C::EnquiryNeeded => at("/quote".to_owned(), &error),
        C::SlotMissing => {
            let name = service.slots().map_or("slot", |plan| plan.field.as_str());
            at(format!("/answers/{name}"), &error)
        }
        C::AmountMissing | C::AmountOutside { .. } => at("/answers/amount".to_owned(), &error),
        C::NotEligible { rule, zh, en } => {
            Error::NotEligible { rule: rule.clone(), zh: zh.clone(), en: en.clone() }
        }
        _ => Error::bug(error),
    }
}
