//! One version of a rule, and one dry run, as pages.

use kernel::Permission;
use maud::{Markup, html};
use risk::feature::Feature;
use risk::rule::{DryRun, DryRunState, Figures, Rule, RuleState, VARIABLES, Wanted};

use super::frame::{self, People, Tried, fold, reason_field};
use super::risk_parts::row;
use super::risk_rules::PATH;
use super::risk_view::outcome;
use crate::i18n::{RiskRules as Words, RiskWork};
use crate::ui::form::{self, Choice};
use crate::ui::stat::{self, Stat};
use crate::ui::table::{Column, Row};
use crate::ui::{Kind, PageCx, card, empty, link, post_button, status, summary, time};

pub(super) fn state(cx: &PageCx, state: RuleState) -> Markup {
    let kind = match state {
        RuleState::Draft | RuleState::Retired => Kind::Plain,
        RuleState::Shadow => Kind::Info,
        RuleState::Live => Kind::Ok,
    };
    status::tag(kind, state.words(cx.locale))
}

pub(super) fn points(cx: &PageCx, rule: &Rule) -> String {
    let words: Vec<&str> = rule.rule.points.iter().map(|point| point.words(cx.locale)).collect();
    words.join(cx.locale.pick("、", ", "))
}

pub(super) fn detail(cx: &PageCx, people: &People, rule: &Rule, figures: Figures, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    let manages = cx.may(Permission::ManageRisk);
    html! {
        (tiles(cx, figures))
        div.two {
            (card::card("rule", RiskWork::of(cx.locale).rules, None, facts(cx, people, rule)))
            div.stack {
                @if let Some(wanted) = &rule.wanted {
                    (card::card("approve", t.approve, None, waiting(cx, people, rule, wanted, tried)))
                }
                @if manages { (card::card("change", t.change, None, changing(cx, rule, tried))) }
                @else { p.muted { (RiskWork::of(cx.locale).manage_needs) } }
                @if manages {
                    (card::card("dry", t.dry, None, html! {
                        p.muted.sm { (t.dry_hint) }
                        (post_button(cx, &format!("{PATH}/{}/try", rule.id), t.btn_dry, "sec", &[]))
                    }))
                }
            }
        }
    }
}

/// Every name that a rule may use, with what it means.
pub(super) fn names(cx: &PageCx) -> Markup {
    let t = Words::of(cx.locale);
    let row = |name: &str, words: &'static str| Row::new(vec![html! { code { (name) } }, html! { (words) }]);
    let mut rows: Vec<Row<'_>> =
        VARIABLES.iter().map(|variable| row(variable.name, variable.words(cx.locale))).collect();
    let feature = |one: &Feature| row(&format!("features.{}", one.name()), one.words(cx.locale));
    rows.extend(Feature::ALL.iter().map(feature));
    html! {
        details.more {
            summary { (t.names) }
            div.inside {
                p.muted.sm { (t.names_note) }
                (frame::table(cx, t.names, vec![Column::new(t.one_name), Column::new(t.meaning)], rows))
            }
        }
    }
}

fn tiles(cx: &PageCx, figures: Figures) -> Markup {
    let t = Words::of(cx.locale);
    let tile =
        |label, value: i64| Stat { label, value: value.to_string(), note: t.figures, ..Stat::default() };
    stat::tiles(&[
        tile(t.live_hits, figures.live_hits),
        tile(t.shadow_hits, figures.shadow_hits),
        tile(t.frauds, figures.fraud),
        tile(t.cleared, figures.cleared),
    ])
}

fn facts(cx: &PageCx, people: &People, rule: &Rule) -> Markup {
    let t = Words::of(cx.locale);
    html! {
        (summary::summary_list(cx, &[
            row(t.name, html! { (rule.rule.name.get(cx.locale)) }),
            row(t.code, html! { code { (rule.rule.code) } }),
            row(t.number, html! { span.num { (rule.number) } }),
            row(t.state, state(cx, rule.state)),
            row(t.points, html! { (points(cx, rule)) }),
            row(t.outcome, outcome(cx, rule.rule.outcome)),
            row(t.made, html! { (people.name(rule.made_by)) " · " (time::stamp(cx, rule.made_at)) }),
        ]))
        h3 { (t.source) }
        pre { code { (rule.rule.source) } }
    }
}

fn waiting(cx: &PageCx, people: &People, rule: &Rule, wanted: &Wanted, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    let base = format!("{PATH}/{}", rule.id);
    html! {
        (summary::summary_list(cx, &[
            row(t.to, state(cx, wanted.state)),
            row(t.asked_by, html! { (people.name(wanted.by)) " · " (time::stamp(cx, wanted.at)) }),
            row(t.reason, html! { (wanted.reason) }),
        ]))
        @if cx.may(Permission::ManageRisk) {
            (post_button(cx, &format!("{base}/approve"), t.btn_approve, "", &[]))
            (fold(t.btn_decline, tried, "decline_reason", form::form(cx, "decline-form", &format!("{base}/decline"), None, html! {
                (reason_field(cx, tried, "decline_reason"))
                button.btn.sec { (t.btn_decline) }
            })))
        }
    }
}

/// Where a version can go from here; which of these take two people, the operation decides.
const fn ways(state: RuleState) -> &'static [RuleState] {
    match state {
        RuleState::Draft | RuleState::Live => &[RuleState::Shadow, RuleState::Retired],
        RuleState::Shadow => &[RuleState::Live, RuleState::Draft],
        RuleState::Retired => &[],
    }
}

fn changing(cx: &PageCx, rule: &Rule, tried: &Tried) -> Markup {
    let t = Words::of(cx.locale);
    let choices: Vec<Choice<'_>> =
        ways(rule.state).iter().map(|to| Choice::new(to.name(), to.words(cx.locale))).collect();
    if choices.is_empty() {
        return html! { p.muted { (RiskWork::of(cx.locale).none) } };
    }
    form::form(
        cx,
        "ask-form",
        &format!("{PATH}/{}/ask", rule.id),
        None,
        html! {
            p.muted.sm { (t.two) }
            (tried.field("to", t.to).pills(cx, &choices))
            (reason_field(cx, tried, "ask_reason"))
            button.btn { (t.btn_ask) }
        },
    )
}

pub(super) fn run(cx: &PageCx, rule: &Rule, dry: &DryRun) -> Markup {
    let t = Words::of(cx.locale);
    let number = |value: i64| html! { span.num { (value) } };
    let rows = [
        row(t.name, link(&format!("{PATH}/{}", rule.id), rule.rule.name.get(cx.locale))),
        row(t.progress, html! { (t.percent(dry.progress_percent())) }),
        row(t.scanned, number(dry.scanned)),
        row(t.matched, number(dry.matched)),
        row(t.matched_fraud, number(dry.matched_fraud)),
        row(t.all_fraud, number(dry.fraud)),
        row(t.unreadable, number(dry.unreadable)),
    ];
    html! {
        @match dry.state {
            DryRunState::Waiting | DryRunState::Running => { p { (t.running) } }
            DryRunState::Failed => { p { (status::word(Kind::Bad, t.failed)) } }
            DryRunState::Done => {}
        }
        (card::card("counts", t.dry, None, summary::summary_list(cx, &rows)))
        (card::card("samples", t.samples, None, html! {
            @if dry.samples.is_empty() { (empty::empty(RiskWork::of(cx.locale).none, None)) }
            ul.plain { @for id in &dry.samples { li { a href={ "/console/risk/" (id) } { (id) } } } }
        }))
    }
}

#[cfg(test)]
mod tests {
    use kernel::{AccountId, Text};
    use risk::rule::{NewRule, RuleId};
    use risk::{Outcome, Point};

    use super::*;
    use crate::console::tests::{NOW, each_language};

    fn rule(state: RuleState, wanted: Option<RuleState>) -> Rule {
        Rule {
            id: RuleId(71),
            number: 3,
            rule: NewRule {
                code: "large_new".to_owned(),
                name: Text::new("新账号大额", "Large and new"),
                points: vec![Point::Payment],
                source: "act.amount > 500000 && customer.age_days < 7".to_owned(),
                outcome: Outcome::Review,
            },
            state,
            made_by: AccountId(5),
            made_at: NOW,
            wanted: wanted.map(|state| Wanted {
                state,
                by: AccountId(5),
                at: NOW,
                reason: "went <well>".to_owned(),
            }),
            changed_by: None,
            changed_at: None,
        }
    }

    #[test]
    fn r3_a_version_shows_its_text_its_hits_and_what_waits_for_a_second_person() {
        each_language(|cx| {
            let rule = rule(RuleState::Shadow, Some(RuleState::Live));
            let figures = Figures { shadow_hits: 41, live_hits: 0, fraud: 3, cleared: 2 };
            let page = detail(cx, &People::default(), &rule, figures, &Tried::default()).into_string();
            assert!(page.contains("act.amount &gt; 500000 &amp;&amp; customer.age_days &lt; 7"), "{page}");
            assert!(page.contains(">41<") && page.contains("went &lt;well&gt;"));
            for act in ["ask", "approve", "decline", "try"] {
                assert!(page.contains(&format!("{PATH}/{}/{act}\"", RuleId(71))), "{act}");
            }
            page
        });
    }

    #[test]
    fn who_may_only_read_is_offered_no_change() {
        each_language(|cx| {
            let mut cx = cx.clone();
            cx.permissions = [Permission::ReadRisk].into_iter().collect();
            let rule = rule(RuleState::Shadow, Some(RuleState::Live));
            let page =
                detail(&cx, &People::default(), &rule, Figures::default(), &Tried::default()).into_string();
            assert!(!page.contains("<form") && page.contains(RiskWork::of(cx.locale).manage_needs));
            page
        });
    }

    #[test]
    fn every_name_a_rule_may_use_is_explained_in_the_readers_language() {
        each_language(|cx| {
            let page = names(cx).into_string();
            for variable in VARIABLES {
                assert!(page.contains(&format!("<code>{}</code>", variable.name)), "{}", variable.name);
                let words = variable.words(cx.locale).replace('&', "&amp;");
                assert!(page.contains(&words), "{words}");
            }
            assert!(page.contains("features.customer_count_1d"));
            page
        });
    }

    #[test]
    fn each_way_on_is_one_that_the_operation_takes_and_none_leads_back_from_retired() {
        assert!(ways(RuleState::Retired).is_empty());
        for state in RuleState::ALL {
            assert!(!ways(*state).contains(state));
        }
    }
}
