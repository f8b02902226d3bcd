//! What an alarm says: what was wanted and what became of it, never why it stood out. Pure.

use kernel::Locale;
use risk::Outcome;
use risk::engine::Alarmed;

use crate::notice::Notice;

/// Where the account is frozen in one step.
const BRAKE: &str = "/me/security/freeze";

pub(super) fn alarm(alarmed: &Alarmed) -> Notice {
    let what = |locale: Locale| {
        let point = alarmed.point.words(locale);
        match alarmed.amount.filter(|amount| amount.is_positive()) {
            Some(amount) if locale == Locale::Zh => format!("{point}（{amount}）"),
            Some(amount) => format!("{point} ({amount})"),
            None => point.to_owned(),
        }
    };
    let (zh, en) = match alarmed.outcome {
        Outcome::Deny => ("已被拦截", "It was stopped."),
        Outcome::Review => ("正在人工核对，暂未办理", "It waits until a person has looked at it."),
        Outcome::Allow | Outcome::Notify | Outcome::StepUp => ("已照常办理", "It went on as usual."),
    };
    let body = (
        format!("您的账号刚有一次与平时不同的{}，{zh}。不是本人操作时，立即冻结账号。", what(Locale::Zh)),
        format!(
            "Something unusual in your account: {}. {en} If it was not you, freeze the account at once.",
            what(Locale::En)
        ),
    );
    let title = ("账号有异常操作", "Something unusual in your account");
    Notice::new("security.alarm", title, (&body.0, &body.1)).linked(BRAKE)
}
