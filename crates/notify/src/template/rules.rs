//! Turning a template into the words of one language. Pure.

use std::collections::{BTreeMap, BTreeSet};

use kernel::Locale;

use crate::channel::Channel;

use super::model::{BadTemplate, CodePurpose, Content, OrderUpdate, Template};

/// The most a value may add to a text, in characters: a message stays a message.
const LONGEST_VALUE: usize = 200;

/// The words of `template` in `locale` as `channel` carries them: a text message begins with who sends it.
pub fn render(template: &Template, locale: Locale, channel: Channel) -> Result<Content, BadTemplate> {
    let (title, body) = match template {
        Template::Code { purpose, code, valid_minutes } => code_text(*purpose, code, *valid_minutes, locale),
        Template::Order { update, service, number } => {
            order_text(update, service.get(locale), number, locale)
        }
        Template::Custom { title, body, values, .. } => {
            (fill(title.get(locale), values)?, fill(body.get(locale), values)?)
        }
    };
    let (body, values) = match channel {
        Channel::Sms => {
            (locale.pick("【长明】", "[Everlit] ").to_owned() + &body, values(template, &title, locale))
        }
        Channel::Email | Channel::Inbox => (body, BTreeMap::new()),
    };
    Ok(Content { title, body, link: None, values })
}

/// What stands in the words, as [`fillings`](super::model::fillings) promises it.
fn values(template: &Template, title: &str, locale: Locale) -> BTreeMap<String, String> {
    let mut all = vec![("title", title.to_owned())];
    match template {
        Template::Code { code, valid_minutes, .. } => {
            all.extend([("code", code.clone()), ("minutes", valid_minutes.to_string())]);
        }
        Template::Order { service, number, .. } => {
            all.extend([("service", service.get(locale).to_owned()), ("number", number.clone())]);
        }
        Template::Custom { values, .. } => {
            all.extend(values.iter().map(|(name, value)| (name.as_str(), value.clone())));
        }
    }
    all.into_iter().map(|(name, value)| (name.to_owned(), plain(&value))).collect()
}

/// A value as it may stand in a message.
fn plain(value: &str) -> String {
    value.chars().filter(|c| !c.is_control()).take(LONGEST_VALUE).collect()
}

fn code_text(purpose: CodePurpose, code: &str, minutes: i64, locale: Locale) -> (String, String) {
    let what = match (purpose, locale) {
        (CodePurpose::VerifyPhone, Locale::Zh) => "验证手机号",
        (CodePurpose::VerifyPhone, Locale::En) => "confirm your phone number",
        (CodePurpose::VerifyEmail, Locale::Zh) => "验证邮箱",
        (CodePurpose::VerifyEmail, Locale::En) => "confirm your e-mail address",
        (CodePurpose::SignIn, Locale::Zh) => "登录",
        (CodePurpose::SignIn, Locale::En) => "sign in",
        (CodePurpose::Proof, Locale::Zh) => "确认是您本人操作",
        (CodePurpose::Proof, Locale::En) => "confirm that it is you",
        (CodePurpose::Unfreeze, Locale::Zh) => "解冻账号",
        (CodePurpose::Unfreeze, Locale::En) => "unfreeze your account",
        (CodePurpose::Reset, Locale::Zh) => "重设密码",
        (CodePurpose::Reset, Locale::En) => "set a new password",
    };
    match locale {
        Locale::Zh => (
            "验证码".to_owned(),
            format!("验证码{code}，用于{what}，{minutes} 分钟内有效。任何人向您索要都不要告知。"),
        ),
        Locale::En => (
            "Your code".to_owned(),
            format!("{code} is your code to {what}. Valid for {minutes} minutes. Never tell it to anyone."),
        ),
    }
}

fn order_text(update: &OrderUpdate, service: &str, number: &str, locale: Locale) -> (String, String) {
    let (title, body) = match (update, locale) {
        (OrderUpdate::Placed, Locale::Zh) => ("订单已提交", "已提交，等待支付"),
        (OrderUpdate::Placed, Locale::En) => ("Order placed", "is placed and waits for payment"),
        (OrderUpdate::Paid, Locale::Zh) => ("支付成功", "已支付，正在为您办理"),
        (OrderUpdate::Paid, Locale::En) => ("Payment received", "is paid. We are working on it"),
        (OrderUpdate::Started, Locale::Zh) => ("开始办理", "已开始办理"),
        (OrderUpdate::Started, Locale::En) => ("Work has started", "is being worked on"),
        (OrderUpdate::NeedsYou, Locale::Zh) => ("等待您处理", "需要您处理后才能继续"),
        (OrderUpdate::NeedsYou, Locale::En) => {
            ("We need you", "needs something from you before it can go on")
        }
        (OrderUpdate::Completed, Locale::Zh) => ("办理完成", "已办理完成"),
        (OrderUpdate::Completed, Locale::En) => ("Done", "is done"),
        (OrderUpdate::Cancelled, Locale::Zh) => ("订单已取消", "已取消"),
        (OrderUpdate::Cancelled, Locale::En) => ("Order cancelled", "is cancelled"),
        (OrderUpdate::Refunded, Locale::Zh) => ("退款完成", "的款项已退回"),
        (OrderUpdate::Refunded, Locale::En) => ("Refunded", "is refunded"),
        (OrderUpdate::Failed, Locale::Zh) => ("未能办成", "未能办成，款项将全部退回"),
        (OrderUpdate::Failed, Locale::En) => {
            ("Not completed", "could not be completed. You get all money back")
        }
    };
    let body = match locale {
        Locale::Zh => format!("您的{service}订单（{number}）{body}。"),
        Locale::En => format!("Your order {number} ({service}) {body}."),
    };
    (title.to_owned(), body)
}

/// The names between braces, for comparing with what can be filled in.
pub fn placeholders(text: &str) -> Result<BTreeSet<String>, BadTemplate> {
    let mut names = BTreeSet::new();
    walk(text, |piece| {
        if let Piece::Name(name) = piece {
            names.insert(name.to_owned());
        }
        Ok(())
    })?;
    Ok(names)
}

/// Replaces `{name}` by its value, once: braces inside a value stay what they are.
fn fill(text: &str, values: &BTreeMap<String, String>) -> Result<String, BadTemplate> {
    let mut out = String::with_capacity(text.len());
    walk(text, |piece| {
        match piece {
            Piece::Words(words) => out.push_str(words),
            Piece::Name(name) => {
                let value = values.get(name).ok_or_else(|| BadTemplate::Unfilled(name.to_owned()))?;
                out.push_str(&plain(value));
            }
        }
        Ok(())
    })?;
    Ok(out)
}

enum Piece<'a> {
    Words(&'a str),
    Name(&'a str),
}

/// Cuts a text into words and placeholders; `{{` and `}}` are braces.
fn walk<'a>(
    text: &'a str,
    mut visit: impl FnMut(Piece<'a>) -> Result<(), BadTemplate>,
) -> Result<(), BadTemplate> {
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (words, tail) = rest.split_at(at);
        visit(Piece::Words(words))?;
        if let Some(after) = tail.strip_prefix("{{") {
            visit(Piece::Words("{"))?;
            rest = after;
        } else if let Some(after) = tail.strip_prefix("}}") {
            visit(Piece::Words("}"))?;
            rest = after;
        } else {
            let (name, after) =
                tail.strip_prefix('{').and_then(|t| t.split_once('}')).ok_or(BadTemplate::Unbalanced)?;
            if name.is_empty() || !name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_')) {
                return Err(BadTemplate::BadName(name.to_owned()));
            }
            visit(Piece::Name(name))?;
            rest = after;
        }
    }
    visit(Piece::Words(rest))
}
