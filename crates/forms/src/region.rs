//! The 34 provincial regions (GB/T 2260).

/// A provincial region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Province {
    /// First two digits of administrative codes.
    pub code: &'static str,
    pub name: &'static str,
    /// As people say it: 浙江, 内蒙古.
    pub short: &'static str,
}

/// All provincial regions by code.
pub const PROVINCES: &[Province] = &[
    at("11", "北京市", "北京"),
    at("12", "天津市", "天津"),
    at("13", "河北省", "河北"),
    at("14", "山西省", "山西"),
    at("15", "内蒙古自治区", "内蒙古"),
    at("21", "辽宁省", "辽宁"),
    at("22", "吉林省", "吉林"),
    at("23", "黑龙江省", "黑龙江"),
    at("31", "上海市", "上海"),
    at("32", "江苏省", "江苏"),
    at("33", "浙江省", "浙江"),
    at("34", "安徽省", "安徽"),
    at("35", "福建省", "福建"),
    at("36", "江西省", "江西"),
    at("37", "山东省", "山东"),
    at("41", "河南省", "河南"),
    at("42", "湖北省", "湖北"),
    at("43", "湖南省", "湖南"),
    at("44", "广东省", "广东"),
    at("45", "广西壮族自治区", "广西"),
    at("46", "海南省", "海南"),
    at("50", "重庆市", "重庆"),
    at("51", "四川省", "四川"),
    at("52", "贵州省", "贵州"),
    at("53", "云南省", "云南"),
    at("54", "西藏自治区", "西藏"),
    at("61", "陕西省", "陕西"),
    at("62", "甘肃省", "甘肃"),
    at("63", "青海省", "青海"),
    at("64", "宁夏回族自治区", "宁夏"),
    at("65", "新疆维吾尔自治区", "新疆"),
    at("71", "台湾省", "台湾"),
    at("81", "香港特别行政区", "香港"),
    at("82", "澳门特别行政区", "澳门"),
];

const fn at(code: &'static str, name: &'static str, short: &'static str) -> Province {
    Province { code, name, short }
}

/// The full name of a province given by full or short name.
pub(crate) fn province(text: &str) -> Option<&'static str> {
    PROVINCES.iter().find(|p| p.name == text || p.short == text).map(|p| p.name)
}
