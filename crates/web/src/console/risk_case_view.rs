//! One case as a page: facts, ties, notes and what can be done.

use kernel::{AccountId, Permission};
use maud::{Markup, html};
use risk::DecisionId;
use risk::case::{Case, CaseState, CaseView, Graph, Link, Note};
use risk::list::Entity;

use super::frame::{self, Frame, People, Tried, fold, reason_field};
use super::risk_case::PATH;
use super::risk_parts::row;
use crate::i18n::RiskWork as Words;
use crate::ui::form::{self, Choice};
use crate::ui::table::{Column, Row};
use crate::ui::{Kind, PageCx, card, empty, post_button, status, summary, time};

pub(super) fn detail(
    frame: &Frame,
    people: &People,
    view: &CaseView,
    graph: &Graph,
    tried: &Tried,
) -> Markup {
    let cx = &frame.cx;
    let t = Words::of(cx.locale);
    let case = &view.case;
    let works = case.state == CaseState::Open && cx.may(Permission::DecideRisk);
    html! {
        h2 { (case.title) }
        div.two {
            (card::card("facts", t.case, None, facts(frame, people, case, works)))
            (card::card("notes", t.notes, None, notes(cx, people, case, &view.notes, works, tried)))
        }
        (card::card("links", t.links, None, links(cx, people, &view.links)))
        (card::card("graph", t.graph, None, ties(cx, people, case, graph, works)))
        @if works { (card::card("close", t.close, None, closing(cx, case, tried))) }
        @if works && cx.may(Permission::FreezeAccount) {
            (card::card("freeze", t.freeze, None, freezing(cx, people, view, tried)))
        }
        @if cx.may(Permission::ExportEvidence) {
            (card::card("evidence", t.evidence, None, form::form(cx, "evidence-form", &format!("{PATH}/{}/evidence", case.id), None, html! {
                p.muted.sm { (t.evidence_hint) }
                (reason_field(cx, tried, "export_reason"))
                div.acts {
                    button.btn.sec data-file name="format" value="pdf" { (t.btn_evidence_pdf) }
                    button.btn.sec data-file name="format" value="csv" { (t.btn_evidence) }
                    button.btn.sec name="format" value="page" { (t.btn_evidence_page) }
                }
            })))
        }
    }
}

pub(super) fn state(cx: &PageCx, state: CaseState) -> Markup {
    let t = Words::of(cx.locale);
    match state {
        CaseState::Open => status::tag(Kind::Info, t.open),
        CaseState::Closed => status::tag(Kind::Plain, t.closed),
    }
}

pub(super) fn verdict(cx: &PageCx, case: &Case) -> Markup {
    let t = Words::of(cx.locale);
    match (case.state, case.fraud) {
        (CaseState::Open, _) => html! { "—" },
        (CaseState::Closed, Some(true)) => status::word(Kind::Bad, t.fraud),
        (CaseState::Closed, Some(false)) => status::word(Kind::Ok, t.no_fraud),
        (CaseState::Closed, None) => status::word(Kind::Plain, t.unclear),
    }
}

pub(super) fn open_form(cx: &PageCx, decision: DecisionId, account: AccountId, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    card::card(
        "case",
        t.case,
        None,
        form::form(
            cx,
            "case-form",
            PATH,
            None,
            html! {
                input type="hidden" name="decision" value=(decision);
                input type="hidden" name="account" value=(account);
                (tried.field("title", t.case_title).text(cx, 200))
                button.btn { (t.btn_open_case) }
            },
        ),
    )
}

fn facts(frame: &Frame, people: &People, case: &Case, works: bool) -> Markup {
    let cx = &frame.cx;
    let t = Words::of(cx.locale);
    let who =
        |id: Option<AccountId>| html! { @match id { Some(id) => { (people.name(id)) } None => { "—" } } };
    let mut rows = vec![
        row(t.subject, people.customer(case.customer)),
        row(t.state, state(cx, case.state)),
        row(t.opened_at, time::full(cx, case.opened_at)),
        row(t.opened_by, who(case.opened_by)),
        row(t.assigned, who(case.assigned_to)),
        row(t.verdict, verdict(cx, case)),
    ];
    if let Some(decision) = case.decision {
        let target = format!("/console/risk/{decision}");
        rows.push(row(t.decision, html! { a href=(target) { (decision) } }));
    }
    let action = format!("{PATH}/{}/assign", case.id);
    html! {
        (summary::summary_list(cx, &rows))
        @if works {
            @if case.assigned_to == frame.me { (post_button(cx, &action, t.btn_leave, "sec small", &[("to", "nobody")])) }
            @else { (post_button(cx, &action, t.btn_take, "sec small", &[("to", "me")])) }
        }
    }
}

fn notes(cx: &PageCx, people: &People, case: &Case, notes: &[Note], works: bool, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    html! {
        @if notes.is_empty() { (empty::empty(t.none, None)) }
        @for note in notes {
            p {
                (note.text) br;
                span.muted.sm {
                    @if let Some(author) = note.author { (people.name(author)) " · " }
                    (time::stamp(cx, note.at))
                }
            }
        }
        @if works {
            (form::form(cx, "note-form", &format!("{PATH}/{}/note", case.id), None, html! {
                (tried.field("text", t.note).textarea(cx, 2000))
                button.btn.sec { (t.btn_note) }
            }))
        }
    }
}

/// Numbers as decisions and evidence show them.
fn number(people: &People, entity: Entity, value: i64) -> Markup {
    match entity {
        Entity::Customer => people.customer(AccountId(value)),
        Entity::Payee => html! { code { (value) } },
        Entity::Device | Entity::Network | Entity::Phone => html! { code { (format!("{value:016x}")) } },
    }
}

fn links(cx: &PageCx, people: &People, links: &[Link]) -> Markup {
    let t = Words::of(cx.locale);
    let row = |link: &Link| {
        Row::new(vec![
            html! { (link.entity.words(cx.locale)) },
            number(people, link.entity, link.value),
            time::stamp(cx, link.added_at),
        ])
    };
    let columns = vec![Column::new(t.kind), Column::new(t.number), Column::new(t.added_at)];
    frame::table(cx, t.links, columns, links.iter().map(row).collect())
}

fn ties(cx: &PageCx, people: &People, case: &Case, graph: &Graph, works: bool) -> Markup {
    let t = Words::of(cx.locale);
    let action = format!("{PATH}/{}/link", case.id);
    let add = |entity: Entity, value: i64| {
        html! {
            @if works {
                (post_button(cx, &action, t.btn_link, "text", &[("entity", entity.name()), ("value", &value.to_string())]))
            }
        }
    };
    let mut rows: Vec<Row<'_>> = graph
        .ties
        .iter()
        .map(|tie| {
            Row::new(vec![
                html! { (tie.entity.words(cx.locale)) },
                number(people, tie.entity, tie.value),
                html! { ul.plain { @for account in &tie.accounts { li { (people.customer(*account)) } } } },
                add(tie.entity, tie.value),
            ])
        })
        .collect();
    rows.extend(graph.accounts.iter().filter(|one| one.hops > 0).map(|one| {
        Row::new(vec![
            html! { (Entity::Customer.words(cx.locale)) },
            people.customer(one.account),
            html! { "—" },
            add(Entity::Customer, one.account.raw()),
        ])
    }));
    let columns =
        vec![Column::new(t.kind), Column::new(t.number), Column::new(t.accounts), Column::new(t.btn_link)];
    html! {
        p.muted.sm { (t.graph_note) @if graph.is_cut { " " (t.graph_cut) } }
        (frame::table(cx, t.graph, columns, rows))
    }
}

fn closing(cx: &PageCx, case: &Case, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    let verdicts = [
        Choice::new("fraud", t.fraud),
        Choice::new("no_fraud", t.no_fraud),
        Choice::new("unclear", t.unclear),
    ];
    form::form(
        cx,
        "close-form",
        &format!("{PATH}/{}/close", case.id),
        None,
        html! {
            (tried.field("verdict", t.verdict).pills(cx, &verdicts))
            (reason_field(cx, tried, "close_reason"))
            button.btn { (t.btn_close) }
        },
    )
}

/// The customer and the accounts linked to the case: those the operation takes.
fn freezing(cx: &PageCx, people: &People, view: &CaseView, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    let linked = view.links.iter().filter(|link| link.entity == Entity::Customer);
    let mut accounts = vec![view.case.customer];
    accounts.extend(linked.map(|link| AccountId(link.value)));
    accounts.dedup();
    let named: Vec<(String, String)> =
        accounts.iter().map(|account| (account.to_string(), people.name(*account))).collect();
    let choices: Vec<Choice<'_>> = named.iter().map(|(id, name)| Choice::new(id, name)).collect();
    let mut account = tried.field("account", t.subject);
    if let (true, Some((first, _))) = (account.value.is_empty(), named.first()) {
        account = account.value(first);
    }
    let inside = html! {
        p.muted.sm { (t.freeze_hint) }
        (account.select(cx, &choices))
        (reason_field(cx, tried, "freeze_reason"))
        button.btn.danger { (t.btn_freeze) }
    };
    let form = form::form(cx, "freeze-form", &format!("{PATH}/{}/freeze", view.case.id), None, inside);
    fold(t.freeze, tried, "freeze_reason", form)
}

#[cfg(test)]
mod tests {
    use risk::case::{CaseId, Linked, Tie};

    use super::*;
    use crate::console::tests::{NOW, each_frame};

    fn view(state: CaseState) -> CaseView {
        let case = Case {
            id: CaseId(61),
            state,
            customer: AccountId(7),
            decision: Some(DecisionId(51)),
            title: "many <new> cards".to_owned(),
            opened_by: Some(AccountId(99)),
            opened_at: NOW,
            assigned_to: None,
            closed_at: None,
            fraud: None,
        };
        let links = vec![Link { entity: Entity::Customer, value: 8, added_at: NOW }];
        let notes = vec![Note { author: None, at: NOW, text: "called <twice>".to_owned() }];
        CaseView { case, links, notes }
    }

    fn graph() -> Graph {
        Graph {
            accounts: vec![
                Linked { account: AccountId(7), hops: 0 },
                Linked { account: AccountId(9), hops: 1 },
            ],
            ties: vec![Tie { entity: Entity::Device, value: -2, accounts: vec![AccountId(7), AccountId(9)] }],
            is_cut: false,
        }
    }

    #[test]
    fn an_open_case_shows_its_ties_and_offers_every_act() {
        each_frame(|frame| {
            let page = detail(frame, &People::default(), &view(CaseState::Open), &graph(), &Tried::default())
                .into_string();
            for act in ["note", "assign", "link", "close", "freeze", "evidence"] {
                assert!(page.contains(&format!("{PATH}/{}/{act}\"", CaseId(61))), "{act}");
            }
            assert!(
                page.contains("fffffffffffffffe") && page.contains("value=\"-2\""),
                "the device's number"
            );
            assert!(page.contains("called &lt;twice&gt;") && page.contains("many &lt;new&gt; cards"));
            page
        });
    }

    #[test]
    fn a_closed_case_and_one_without_the_permission_can_only_be_read() {
        each_frame(|frame| {
            let closed = view(CaseState::Closed);
            let mut reader = frame.clone();
            reader.cx.permissions = [Permission::ReadRisk].into_iter().collect();
            for (frame, view) in [(frame, &closed), (&reader, &view(CaseState::Open))] {
                let page = detail(frame, &People::default(), view, &graph(), &Tried::default()).into_string();
                for act in ["note", "assign", "link", "close", "freeze"] {
                    assert!(!page.contains(&format!("/{act}\"")), "{act}");
                }
            }
            detail(frame, &People::default(), &closed, &graph(), &Tried::default()).into_string()
        });
    }
}
