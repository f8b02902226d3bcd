//! Phone numbers and e-mail addresses as people type and read them.

/// Full-width digits and separators become plain ASCII: `１３８　００００` → `138 0000`.
pub fn normalise_digits(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c).saturating_sub(0xFEE0)).unwrap_or(c),
            '\u{3000}' => ' ',
            '。' => '.',
            other => other,
        })
        .collect()
}

/// Reads a mainland mobile number in any usual spelling and returns E.164: `138 0000 0000` → `+8613800000000`.
///
/// The carrier is never inferred from the number (portability).
pub fn parse_mobile(text: &str) -> Option<String> {
    let compact: String =
        normalise_digits(text).chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')')).collect();
    let local = compact.strip_prefix("+86").or_else(|| compact.strip_prefix("0086")).unwrap_or(&compact);
    let mut bytes = local.bytes();
    let valid = local.len() == 11
        && bytes.next() == Some(b'1')
        && matches!(bytes.next(), Some(b'3'..=b'9'))
        && bytes.all(|b| b.is_ascii_digit());
    valid.then(|| format!("+86{local}"))
}

/// `+8613800000000` → `138****0000`.
pub fn mask_phone(phone: &str) -> String {
    let local = phone.strip_prefix("+86").unwrap_or(phone);
    match (local.get(..3), local.get(local.len().saturating_sub(4)..)) {
        (Some(head), Some(tail)) if local.len() >= 7 => format!("{head}****{tail}"),
        _ => "****".to_owned(),
    }
}

/// `lin@example.com` → `l***@example.com`.
pub fn mask_email(email: &str) -> String {
    match email.split_once('@') {
        Some((name, host)) => {
            let head: String = name.chars().take(1).collect();
            format!("{head}***@{host}")
        }
        None => "****".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mobiles_are_read_in_every_usual_spelling() {
        for text in
            ["13800000000", "138 0000 0000", "+86 138-0000-0000", "１３８００００００００", "008613800000000"]
        {
            assert_eq!(parse_mobile(text).as_deref(), Some("+8613800000000"), "{text}");
        }
        for text in ["", "1380000000", "12800000000", "23800000000", "138000000000", "138 0000 000x", "电话"]
        {
            assert_eq!(parse_mobile(text), None, "{text}");
        }
    }

    #[test]
    fn masks_show_no_more_than_needed() {
        assert_eq!(mask_phone("+8613800000000"), "138****0000");
        assert_eq!(mask_phone("123"), "****");
        assert_eq!(mask_email("lin@example.com"), "l***@example.com");
    }
}
