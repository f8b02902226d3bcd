//! A judged set of queries over the packs of the repository: what people type, and what should come first.

use super::*;
use crate::pack;
use crate::service::document;

/// Query and what should come first; empty: nothing at all.
const JUDGED: &[(&str, &str)] = &[
    // Names in both languages.
    ("话费充值", "mobile-top-up"),
    ("流量包", "data-pack"),
    ("套餐变更", "plan-change"),
    ("电费", "power-bill"),
    ("无线路由器", "wifi-router"),
    ("智能灯泡", "smart-bulb"),
    ("家电清洗上门", "appliance-cleaning"),
    ("mobile top-up", "mobile-top-up"),
    ("Data Pack", "data-pack"),
    ("plan change", "plan-change"),
    ("power bill", "power-bill"),
    ("wi-fi router", "wifi-router"),
    ("smart bulb", "smart-bulb"),
    ("appliance cleaning", "appliance-cleaning"),
    // Other words, parts of words, whole sentences.
    ("充话费", "mobile-top-up"),
    ("充值", "mobile-top-up"),
    ("手机没话费了怎么办", "mobile-top-up"),
    ("停机了", "mobile-top-up"),
    ("流量不够用", "data-pack"),
    ("加油包", "data-pack"),
    ("换套餐", "plan-change"),
    ("想把套餐换便宜一点的", "plan-change"),
    ("交电费", "power-bill"),
    ("电费怎么交", "power-bill"),
    ("家里停电了", "power-bill"),
    ("路由", "wifi-router"),
    ("网速慢", "wifi-router"),
    ("灯", "smart-bulb"),
    ("彩光灯泡", "smart-bulb"),
    ("洗空调", "appliance-cleaning"),
    ("油烟机清洗", "appliance-cleaning"),
    ("洗衣机", "appliance-cleaning"),
    ("上门", "appliance-cleaning"),
    // Pinyin, with and without blanks, begun, abbreviated.
    ("huafei", "mobile-top-up"),
    ("huafeichongzhi", "mobile-top-up"),
    ("hua fei", "mobile-top-up"),
    ("hfcz", "mobile-top-up"),
    ("liuliang", "data-pack"),
    ("liul", "data-pack"),
    ("taocan", "plan-change"),
    ("dianfei", "power-bill"),
    ("dianf", "power-bill"),
    ("luyouqi", "wifi-router"),
    ("dengpao", "smart-bulb"),
    ("kongtiaoqingxi", "appliance-cleaning"),
    // English with mistakes, synonyms, beginnings, other widths and cases.
    ("electricty", "power-bill"),
    ("electrcity bill", "power-bill"),
    ("ruoter", "wifi-router"),
    ("rechrage", "mobile-top-up"),
    ("recharge phone", "mobile-top-up"),
    ("ＷＩＦＩ", "wifi-router"),
    ("light bulb", "smart-bulb"),
    ("clening", "appliance-cleaning"),
    ("air conditoner", "appliance-cleaning"),
    ("30GB", "data-pack"),
    ("upgrade plan", "plan-change"),
    // Nothing to find, and nothing to break.
    ("", ""),
    ("   ", ""),
    ("zzzzqqq", ""),
    ("🦀🦀", ""),
    ("'; DROP TABLE service_version; --", ""),
    ("<script>", ""),
];

fn codes_and_index() -> (Vec<String>, Index) {
    let packs = pack::read(&pack::repository()).unwrap();
    let mut codes = Vec::new();
    let mut documents = Vec::new();
    for read in &packs {
        for service in &read.pack.services {
            codes.push(service.code.clone());
            documents.push(document(&read.pack.vertical, service));
        }
    }
    (codes, Index::build(&documents))
}

#[test]
fn the_judged_queries_find_what_people_mean() {
    let (codes, index) = codes_and_index();
    let mut wrong = Vec::new();
    for (query, want) in JUDGED {
        let found: Vec<&str> = index.find(query).into_iter().map(|at| codes[at].as_str()).collect();
        if found.first().copied().unwrap_or("") != *want {
            wrong.push(format!("{query:?}: wanted {want:?}, found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_absurdly_long_query_is_answered_all_the_same() {
    let (codes, index) = codes_and_index();
    let long = "电费".repeat(100_000);
    assert_eq!(index.find(&long).first().map(|at| codes[*at].as_str()), Some("power-bill"));
}

#[test]
fn far_weaker_hits_are_left_out() {
    let (_, index) = codes_and_index();
    assert_eq!(index.find("洗衣机").len(), 1);
}
