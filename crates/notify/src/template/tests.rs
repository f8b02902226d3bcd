//! What the texts say.

use std::collections::BTreeMap;

use kernel::{Locale, Text};

use super::*;
use crate::Channel;

fn custom(zh: &str, values: &[(&str, &str)]) -> Result<String, BadTemplate> {
    let values: BTreeMap<_, _> = values.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let template = Template::Custom {
        name: "visit".to_owned(),
        title: Text { zh: "上门".to_owned(), en: None },
        body: Text { zh: zh.to_owned(), en: None },
        values,
    };
    render(&template, Locale::En, Channel::Inbox).map(|content| content.body)
}

#[test]
fn a_code_message_names_the_code_its_purpose_and_how_long_it_lasts() {
    let template =
        Template::Code { purpose: CodePurpose::VerifyPhone, code: "042137".to_owned(), valid_minutes: 10 };
    let check = |locale, channel, want: &str| {
        assert_eq!(render(&template, locale, channel).unwrap().body, want);
    };
    check(
        Locale::Zh,
        Channel::Sms,
        "【长明】验证码042137，用于验证手机号，10 分钟内有效。任何人向您索要都不要告知。",
    );
    check(
        Locale::En,
        Channel::Email,
        "042137 is your code to confirm your phone number. Valid for 10 minutes. Never tell it to anyone.",
    );
}

#[test]
fn every_order_update_has_words_in_both_languages() {
    for update in OrderUpdate::ALL {
        let template = Template::Order {
            update: update.clone(),
            service: Text::new("话费充值", "Mobile top-up"),
            number: "01HV-6K2M".to_owned(),
        };
        for (locale, service) in [(Locale::Zh, "话费充值"), (Locale::En, "Mobile top-up")] {
            let content = render(&template, locale, Channel::Inbox).unwrap();
            assert!(!content.title.is_empty(), "{update:?}");
            assert!(content.body.contains(service) && content.body.contains("01HV-6K2M"), "{update:?}");
        }
    }
}

#[test]
fn an_operators_text_is_filled_once_and_falls_back_to_chinese() {
    let check = |text: &str, values: &[(&str, &str)], want: Result<&str, BadTemplate>| {
        assert_eq!(custom(text, values).as_deref().map_err(Clone::clone), want, "{text}");
    };
    check("{day}上门", &[("day", "周一")], Ok("周一上门"));
    check("{a}{b}", &[("a", "{b}"), ("b", "x")], Ok("{b}x"));
    check("{{原样}}", &[], Ok("{原样}"));
    check("没有占位", &[], Ok("没有占位"));
    check("{a}", &[("a", "一\n二\u{7}")], Ok("一二"));
    check("{day}", &[], Err(BadTemplate::Unfilled("day".to_owned())));
    check("{Day}", &[], Err(BadTemplate::BadName("Day".to_owned())));
    check("{}", &[], Err(BadTemplate::BadName(String::new())));
    check("{day", &[], Err(BadTemplate::Unbalanced));
    check("day}", &[], Err(BadTemplate::Unbalanced));
}

#[test]
fn a_checker_sees_which_placeholders_a_text_uses() {
    let names = placeholders("{service}：{day}，{service}").unwrap();
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["day", "service"]);
}

#[test]
fn a_text_for_phones_brings_along_what_a_carriers_template_can_be_filled_with() {
    let text = |name: &str| Text::new(name, name);
    let mut templates: Vec<Template> = CodePurpose::ALL
        .into_iter()
        .map(|purpose| Template::Code { purpose, code: "042137".to_owned(), valid_minutes: 10 })
        .collect();
    templates.extend(OrderUpdate::ALL.into_iter().map(|update| Template::Order {
        update,
        service: text("话费充值"),
        number: "01HV".to_owned(),
    }));
    for template in &templates {
        let Some(Fillings::These(names)) = fillings(&template.name()) else { panic!("{}", template.name()) };
        let content = render(template, Locale::Zh, Channel::Sms).unwrap();
        let got: Vec<&str> = content.values.keys().map(String::as_str).collect();
        let mut want = [names, &["title"]].concat();
        want.sort_unstable();
        assert_eq!(got, want, "{}", template.name());
        assert!(render(template, Locale::Zh, Channel::Email).unwrap().values.is_empty());
    }
    let values = BTreeMap::from([("name".to_owned(), "一\n二".to_owned())]);
    let custom =
        Template::Custom { name: "visit".to_owned(), title: text("上门"), body: text("{name}"), values };
    assert_eq!(fillings(&custom.name()), Some(Fillings::OfItsAuthor));
    assert_eq!(render(&custom, Locale::Zh, Channel::Sms).unwrap().values["name"], "一二");
    for nobodys in ["code.unknown", "order.lost", "custom.", "code", "", "other.x"] {
        assert_eq!(fillings(nobodys), None, "{nobodys}");
    }
}
