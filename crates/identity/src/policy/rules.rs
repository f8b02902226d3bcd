//! Which rule counts, whether rules can stand, and how two sets of them differ. Pure.

use kernel::{FieldError, Money};

use super::model::{Checker, Policy, Rule, Subject};

/// The service that carries money to somebody else's account at a bank. To a policy, what carries it to another customer's balance is the
/// same: whoever asks about that says this.
pub const TRANSFER_SERVICE: &str = "bank-transfer";

const MOST_RULES: usize = 20;
const MOST_LEVELS: usize = 5;
const MOST_CHECKERS: usize = 20;
/// A month: what waits longer has been forgotten.
const MOST_HOURS: i64 = 720;

/// The rule for an order of these services: of those that speak of it, the one with the most checks; among equals the one for the
/// largest amount. An amount in another currency is above every limit, for limits are in yuan.
pub fn rule_for<'p>(policy: &'p Policy, services: &[&str], total: Money) -> Option<&'p Rule> {
    let about = |rule: &&Rule| match &rule.subject {
        Subject::Any => true,
        Subject::Transfer => services.contains(&TRANSFER_SERVICE),
        Subject::Service(code) => services.contains(&code.as_str()),
    };
    let above = |rule: &&Rule| total.currency != kernel::Currency::CNY || total.minor > rule.above_minor;
    let all = policy.rules.iter().filter(about).filter(above);
    all.max_by_key(|rule| (rule.levels.len(), rule.above_minor))
}

/// What is wrong with these rules, each with its place: `/rules/0/levels`.
pub(crate) fn wrong(policy: &Policy) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    if policy.rules.len() > MOST_RULES {
        let (zh, en) = ("复核规则最多 20 条", "At most 20 rules");
        wrong.push(FieldError::new("/rules", "identity.policy_too_long", zh, en));
    }
    for (index, rule) in policy.rules.iter().enumerate() {
        let at = |name: &str| format!("/rules/{index}/{name}");
        let service_missing = matches!(&rule.subject, Subject::Service(code) if code.trim().is_empty());
        if service_missing {
            let (zh, en) = ("选择业务", "Choose a service");
            wrong.push(FieldError::new(at("subject"), "identity.policy_subject", zh, en));
        }
        if rule.above_minor < 0 {
            let (zh, en) = ("金额不能小于 0 元", "An amount cannot be less than zero");
            wrong.push(FieldError::new(at("above"), "identity.policy_amount", zh, en));
        }
        let empty = rule.levels.iter().any(|level| {
            level.checkers.is_empty()
                || level.checkers.len() > MOST_CHECKERS
                || level
                    .checkers
                    .iter()
                    .any(|one| matches!(one, Checker::Role(role) if !role.is_of_organisation()))
        });
        if rule.levels.is_empty() || rule.levels.len() > MOST_LEVELS || empty {
            let (zh, en) =
                ("每条规则 1 至 5 级复核，每级选好复核人", "One to five checks a rule, each with who checks");
            wrong.push(FieldError::new(at("levels"), "identity.policy_levels", zh, en));
        }
        if !(1..=MOST_HOURS).contains(&rule.lasts_hours) {
            let (zh, en) = ("等待时长为 1 至 720 小时", "It can wait 1 to 720 hours");
            wrong.push(FieldError::new(at("lasts"), "identity.policy_lasts", zh, en));
        }
    }
    wrong
}

/// Rule by rule what was and what is to be; `None` where there is none. Rules that stay are left out.
pub fn differences<'a>(before: &'a Policy, after: &'a Policy) -> Vec<(Option<&'a Rule>, Option<&'a Rule>)> {
    let longest = before.rules.len().max(after.rules.len());
    let pairs = (0..longest).map(|index| (before.rules.get(index), after.rules.get(index)));
    pairs.filter(|(before, after)| before != after).collect()
}

#[cfg(test)]
mod tests {
    use kernel::Role;

    use super::super::model::{Level, OnExpiry};
    use super::*;

    fn rule(subject: Subject, above_minor: i64, levels: usize) -> Rule {
        let level = Level { checkers: vec![Checker::Role(Role::ORG_OWNER)] };
        Rule {
            subject,
            above_minor,
            levels: vec![level; levels],
            lasts_hours: 24,
            on_expiry: OnExpiry::Reject,
        }
    }

    #[test]
    fn the_rule_with_the_most_checks_counts_and_only_above_its_amount() {
        let rules = vec![
            rule(Subject::Any, 100_000, 1),
            rule(Subject::Transfer, 0, 1),
            rule(Subject::Transfer, 5_000_000, 2),
            rule(Subject::Service("broadband".to_owned()), 10_000, 3),
        ];
        let policy = Policy { rules, version: 1 };
        for (services, fen, want) in [
            (vec!["mobile-top-up"], 100_000, None),
            (vec!["mobile-top-up"], 100_001, Some(0)),
            (vec![TRANSFER_SERVICE], 0, None),
            (vec![TRANSFER_SERVICE], 1, Some(1)),
            (vec![TRANSFER_SERVICE], 5_000_001, Some(2)),
            (vec!["mobile-top-up", "broadband"], 10_001, Some(3)),
            (vec!["mobile-top-up", "broadband"], 10_000, None),
        ] {
            let got = rule_for(&policy, &services, Money::cny(fen));
            assert_eq!(got, want.and_then(|index: usize| policy.rules.get(index)), "{services:?} {fen}");
        }
    }

    #[test]
    fn w3_a_check_by_nobody_or_by_staff_cannot_stand() {
        let right = Policy { rules: vec![rule(Subject::Any, 0, 2)], version: 0 };
        assert!(wrong(&right).is_empty());
        let broken: [fn(&mut Rule); 6] = [
            |rule| rule.levels.clear(),
            |rule| rule.levels[0].checkers.clear(),
            |rule| rule.levels[1].checkers = vec![Checker::Role(Role::FINANCE)],
            |rule| rule.lasts_hours = 0,
            |rule| rule.above_minor = -1,
            |rule| rule.subject = Subject::Service(" ".to_owned()),
        ];
        for change in broken {
            let mut policy = right.clone();
            change(&mut policy.rules[0]);
            assert_eq!(wrong(&policy).len(), 1, "{policy:?}");
        }
    }

    #[test]
    fn a_difference_names_what_came_went_and_changed() {
        let (one, two, three) =
            (rule(Subject::Any, 1, 1), rule(Subject::Any, 2, 1), rule(Subject::Any, 3, 1));
        let before = Policy { rules: vec![one.clone(), two.clone()], version: 1 };
        let after = Policy { rules: vec![one.clone(), three.clone(), one.clone()], version: 1 };
        assert_eq!(differences(&before, &after), [(Some(&two), Some(&three)), (None, Some(&one))]);
        assert!(differences(&before, &before).is_empty());
    }
}
