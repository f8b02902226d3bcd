//! Capital numerals for receipts, contracts and transfers (支付结算办法, annex 1).

const DIGITS: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
const PLACES: [&str; 4] = ["", "拾", "佰", "仟"];
const GROUPS: [&str; 5] = ["", "万", "亿", "万亿", "亿亿"];

/// Fen to capitals: 130000 → 壹仟叁佰元整, 5 → 伍分, 0 → 零元整.
pub fn capital(fen: i64) -> String {
    let magnitude = fen.unsigned_abs();
    let (yuan, jiao, cents) = (magnitude / 100, magnitude / 10 % 10, magnitude % 10);
    let mut out = String::new();
    if fen < 0 {
        out.push('负');
    }
    if yuan > 0 || (jiao == 0 && cents == 0) {
        out.push_str(&whole(yuan));
        out.push('元');
    }
    match (jiao, cents) {
        (0, 0) => out.push('整'),
        (0, c) => {
            if yuan > 0 {
                out.push('零');
            }
            out.push_str(digit(c));
            out.push('分');
        }
        (j, 0) => {
            out.push_str(digit(j));
            out.push_str("角整");
        }
        (j, c) => {
            out.push_str(digit(j));
            out.push('角');
            out.push_str(digit(c));
            out.push('分');
        }
    }
    out
}

fn digit(value: u64) -> &'static str {
    usize::try_from(value).ok().and_then(|i| DIGITS.get(i).copied()).unwrap_or("")
}

/// Groups of four digits from the largest; a gap of zeros is said once.
fn whole(mut value: u64) -> String {
    if value == 0 {
        return "零".to_owned();
    }
    let mut groups = Vec::new();
    while value > 0 {
        groups.push(value % 10_000);
        value /= 10_000;
    }
    let mut out = String::new();
    let mut gap = false;
    for (index, &group) in groups.iter().enumerate().rev() {
        if group == 0 {
            gap = true;
            continue;
        }
        if !out.is_empty() && (gap || group < 1_000) {
            out.push('零');
        }
        gap = false;
        out.push_str(&four(group));
        out.push_str(GROUPS.get(index).copied().unwrap_or(""));
    }
    out
}

fn four(group: u64) -> String {
    let mut out = String::new();
    let mut gap = false;
    for (place, divisor) in [(3_usize, 1_000_u64), (2, 100), (1, 10), (0, 1)] {
        let value = group / divisor % 10;
        if value == 0 {
            gap = !out.is_empty();
            continue;
        }
        if gap {
            out.push('零');
            gap = false;
        }
        out.push_str(digit(value));
        out.push_str(PLACES.get(place).copied().unwrap_or(""));
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn capitals_follow_the_payment_rules() {
        for (fen, want) in [
            (0, "零元整"),
            (5, "伍分"),
            (50, "伍角整"),
            (1_000, "壹拾元整"),
            (10_100, "壹佰零壹元整"),
            (130_000, "壹仟叁佰元整"),
            (10_000_000, "壹拾万元整"),
            (10_000_000_000, "壹亿元整"),
            (10_000_100_005, "壹亿零壹仟元零伍分"),
            (1_000_500, "壹万零伍元整"),
            (4_800_012, "肆万捌仟元壹角贰分"),
            (-4_500, "负肆拾伍元整"),
        ] {
            assert_eq!(super::capital(fen), want, "{fen}");
        }
    }
}
