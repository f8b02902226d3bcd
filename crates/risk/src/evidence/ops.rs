//! Putting evidence together.

use durable::Cx;
use kernel::{AccountId, Actor, Permission, Text};
use serde_json::json;

use super::model::{Evidence, Section};
use super::store::{self, Act, Decided};
use crate::case::{self, CaseId, CaseState, CaseView};
use crate::decision::{DecisionId, permit, reason as check_reason};
use crate::list::Entity;
use crate::{Error, Outcome, Point, Reason};

/// Rows of a section.
const MOST: i64 = 5_000;

/// Everything about a case, its customer and the accounts linked to it; `more` are sections of what other crates know (orders, messages).
/// Needs `read_risk`, `export_evidence`, a fresh proof and a reason; what people wrote is left out without `reveal_personal_data`.
pub async fn export(
    cx: &Cx,
    actor: &Actor,
    id: CaseId,
    reason: &str,
    more: Vec<Section>,
) -> Result<Evidence, Error> {
    permit(actor, Permission::ReadRisk)?;
    permit(actor, Permission::ExportEvidence)?;
    let reason = check_reason(reason).map_err(|field| Error::Input { fields: vec![field] })?;
    if !actor.has_fresh_proof(cx.now()) {
        return Err(Error::ProofNeeded);
    }
    let view = case::show(cx, actor, id).await?;
    let mut accounts = vec![view.case.customer.raw()];
    accounts.extend(view.links.iter().filter(|link| link.entity == Entity::Customer).map(|link| link.value));
    accounts.sort_unstable();
    accounts.dedup();
    let mut tx = cx.begin().await?;
    let acts = store::list_acts(&mut tx, &accounts, MOST).await?;
    let decisions = store::list_decisions(&mut tx, &accounts, MOST).await?;
    let devices = store::list_devices(&mut tx, &accounts, MOST).await?;
    let (logins, decisions): (Vec<Decided>, Vec<Decided>) =
        decisions.into_iter().partition(|one| one.point == Point::Login.name());
    let personal = actor.may(Permission::RevealPersonalData);
    let mut sections = vec![
        about(&view, personal),
        section(("交易", "Transactions"), ACTS, acts.iter().map(act_row).collect()),
        section(("登录", "Sign-ins"), DECISIONS, logins.iter().map(decision_row).collect()),
        section(("决策", "Decisions"), DECISIONS, decisions.iter().map(decision_row).collect()),
        section(("设备", "Devices"), DEVICES, devices.iter().map(device_row).collect()),
        section(("关联", "Links"), LINKS, view.links.iter().map(link_row).collect()),
    ];
    if personal {
        sections.push(section(("记录", "Notes"), NOTES, view.notes.iter().map(note_row).collect()));
    }
    sections.extend(more);
    let evidence = Evidence::new(kernel::order_number(cx.id()), id, cx.now(), sections);
    let rows: Vec<usize> = evidence.sections.iter().map(|section| section.rows.len()).collect();
    let detail =
        json!({"number": evidence.number, "hash": evidence.hash, "rows": rows, "personal": personal});
    let entry = case::entry("risk.evidence_export", &view.case, detail, Some(reason));
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(evidence)
}

type Words = (&'static str, &'static str);

const ABOUT: &[Words] = &[("项目", "Item"), ("内容", "Content")];
const ACTS: &[Words] = &[
    ("编号", "Id"),
    ("环节", "Point"),
    ("时间", "Time"),
    ("账号", "Account"),
    ("收款方", "Payee"),
    ("设备", "Device"),
    ("网络", "Network"),
    ("金额（分）", "Amount, minor units"),
    ("货币", "Currency"),
    ("业务编号", "Object"),
    ("结果", "Outcome"),
    ("评分", "Score"),
];
const DECISIONS: &[Words] = &[
    ("编号", "Id"),
    ("环节", "Point"),
    ("时间", "Time"),
    ("账号", "Account"),
    ("版本", "Version"),
    ("评分", "Score"),
    ("原因", "Reasons"),
    ("结果", "Outcome"),
];
const DEVICES: &[Words] =
    &[("设备", "Device"), ("账号", "Account"), ("首次", "First"), ("末次", "Last"), ("次数", "Times")];
const LINKS: &[Words] = &[("类型", "Kind"), ("编号", "Number"), ("添加时间", "Added")];
const NOTES: &[Words] = &[("时间", "Time"), ("作者", "Author"), ("内容", "Text")];

fn section((zh, en): Words, columns: &[Words], rows: Vec<Vec<String>>) -> Section {
    let columns = columns.iter().map(|(zh, en)| Text::new(*zh, *en)).collect();
    Section { title: Text::new(zh, en), columns, rows }
}

fn about(view: &CaseView, personal: bool) -> Section {
    let case = &view.case;
    let mut rows = vec![
        vec!["案件".to_owned(), case.id.to_string()],
        vec!["账号".to_owned(), case.customer.to_string()],
        vec!["立案时间".to_owned(), case.opened_at.to_rfc3339()],
        vec!["状态".to_owned(), if case.state == CaseState::Open { "处理中" } else { "已结案" }.to_owned()],
        vec!["结论".to_owned(), verdict(case.fraud).to_owned()],
    ];
    if personal {
        rows.push(vec!["标题".to_owned(), case.title.clone()]);
    }
    section(("案件", "Case"), ABOUT, rows)
}

const fn verdict(fraud: Option<bool>) -> &'static str {
    match fraud {
        Some(true) => "欺诈",
        Some(false) => "不是欺诈",
        None => "未定",
    }
}

fn number(value: Option<i64>) -> String {
    value.map_or_else(String::new, |value| format!("{value:016x}"))
}

fn plain(value: Option<i64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn act_row(act: &Act) -> Vec<String> {
    vec![
        DecisionId(act.id).to_string(),
        point(&act.point),
        act.at.to_rfc3339(),
        AccountId(act.customer).to_string(),
        plain(act.payee),
        number(act.device),
        number(act.network),
        act.amount_minor.to_string(),
        act.currency.clone().unwrap_or_default(),
        act.object.to_string(),
        outcome(&act.outcome),
        plain(act.score),
    ]
}

/// Codes have words in two languages on pages; evidence has the words a court here reads.
fn point(code: &str) -> String {
    Point::from_name(code).map_or(code, |point| point.words(kernel::Locale::Zh)).to_owned()
}

fn outcome(code: &str) -> String {
    Outcome::from_name(code).map_or(code, |outcome| outcome.words(kernel::Locale::Zh)).to_owned()
}

fn decision_row(one: &Decided) -> Vec<String> {
    let zh = kernel::Locale::Zh;
    let reasons: Vec<&str> =
        one.reasons.split(',').filter_map(Reason::from_code).map(|reason| reason.words(zh)).collect();
    vec![
        DecisionId(one.id).to_string(),
        point(&one.point),
        one.at.to_rfc3339(),
        AccountId(one.subject).to_string(),
        one.version.clone(),
        plain(one.score),
        reasons.join("；"),
        outcome(&one.outcome),
    ]
}

fn device_row((device, account, first, last, times): &store::Device) -> Vec<String> {
    vec![
        number(Some(*device)),
        AccountId(*account).to_string(),
        first.to_rfc3339(),
        last.to_rfc3339(),
        times.to_string(),
    ]
}

fn link_row(link: &case::Link) -> Vec<String> {
    let value = match link.entity {
        Entity::Customer => AccountId(link.value).to_string(),
        Entity::Payee => link.value.to_string(),
        Entity::Device | Entity::Network | Entity::Phone => number(Some(link.value)),
    };
    vec![link.entity.words(kernel::Locale::Zh).to_owned(), value, link.added_at.to_rfc3339()]
}

fn note_row(note: &case::Note) -> Vec<String> {
    let author = note.author.map_or_else(String::new, |author| author.to_string());
    vec![note.at.to_rfc3339(), author, note.text.clone()]
}
