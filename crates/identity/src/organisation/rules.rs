//! What an organisation may be called, who may change whom. Pure.

use kernel::{FieldError, Role};

use super::model::{Place, StoredMember};

const LONGEST_NAME: usize = 80;
/// GB 32100: the alphabet of the unified social credit code, without I, O, S, V, Z.
const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const CODE_LENGTH: usize = 18;
/// Weights of the first seventeen characters: powers of 3 modulo 31.
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// A name without blanks around it.
pub(crate) fn parse_name(pointer: &str, text: &str) -> Result<String, FieldError> {
    let name = text.trim();
    let length = name.chars().count();
    if length == 0 || length > LONGEST_NAME || name.chars().any(char::is_control) {
        let (zh, en) = ("填写名称，最多 80 个字符", "Enter a name of at most 80 characters");
        return Err(FieldError::new(pointer, "identity.organisation_name", zh, en));
    }
    Ok(name.to_owned())
}

/// A unified social credit code in upper case, with its check character right.
pub fn parse_code(text: &str) -> Result<String, FieldError> {
    let code = text.trim().to_uppercase();
    if is_code(&code) {
        return Ok(code);
    }
    let (zh, en) = (
        "统一社会信用代码不匹配，请核对 18 位代码",
        "Check the 18 characters of the unified social credit code",
    );
    Err(FieldError::new("/code", "identity.credit_code", zh, en))
}

fn is_code(code: &str) -> bool {
    let values: Option<Vec<usize>> = code.chars().map(|c| ALPHABET.find(c)).collect();
    let Some(values) = values.filter(|values| values.len() == CODE_LENGTH) else { return false };
    let sum: usize = values.iter().zip(WEIGHTS).map(|(value, weight)| value.saturating_mul(weight)).sum();
    let check = 31_usize.saturating_sub(sum % 31) % 31;
    values.last() == Some(&check)
}

/// `9111****2345`: what colleagues of the operator may see without a reason.
pub(crate) fn mask_code(code: &str) -> String {
    let head: String = code.chars().take(4).collect();
    let tail: String = code.chars().skip(code.chars().count().saturating_sub(4)).collect();
    format!("{head}****{tail}")
}

/// Whether the place fits: a role of organisations and limits that are amounts.
pub(crate) fn check_place(place: &Place, exists: bool) -> Result<(), FieldError> {
    if !place.role.is_of_organisation() || !exists {
        let (zh, en) = ("选择企业成员角色", "Choose a role of organisations");
        return Err(FieldError::new("/role", "identity.role_unfit", zh, en));
    }
    let limits = [place.limits.transaction, place.limits.day];
    if limits.into_iter().flatten().any(|minor| minor < 0) {
        let (zh, en) = ("限额不能小于 0 元", "A limit cannot be less than zero");
        return Err(FieldError::new("/transaction_limit", "identity.limit_negative", zh, en));
    }
    Ok(())
}

/// Whether somebody who may manage members would be left if this one were `after` (`None`: gone).
pub(crate) fn keeps_an_owner(members: &[StoredMember], changed: &StoredMember, after: Option<Role>) -> bool {
    let others = members.iter().filter(|member| member.account != changed.account);
    after == Some(Role::ORG_OWNER) || others.into_iter().any(|member| member.place.role == Role::ORG_OWNER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credit_codes_are_known_by_their_check_character() {
        // Published examples of the standard and of large companies.
        for right in ["91350100M000100Y43", "91110000600037341L", "914403001922038216", "91350100m000100y43"]
        {
            assert!(parse_code(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "91350100M000100Y44",
            "91350100M000100Y4",
            "91350100M000100Y433",
            "91350100I000100Y43",
            "九一",
        ] {
            assert!(parse_code(wrong).is_err(), "{wrong}");
        }
        assert_eq!(mask_code("91350100M000100Y43"), "9135****0Y43");
    }
}
