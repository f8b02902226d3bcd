//! What an entry looks like, and how much may go to whom. Pure.

use kernel::{Duration, FieldError, Money, Timestamp};

use super::model::NewPayee;

/// How long a payee is new.
pub const COOLS_FOR: Duration = Duration::from_hours(24);
/// The most that one order sends to whom is new or not in the book, in fen.
pub const NEW_MOST: i64 = 100_000;
/// From this amount on a transfer asks for a fresh proof whoever it goes to, in fen (F5).
pub const PROOF_FROM: i64 = 500_000;
/// Longest name or bank.
const LONGEST: usize = 60;

/// The digits of an account as typed: full-width digits, blanks and hyphens are read as meant.
pub(crate) fn digits(text: &str) -> Option<String> {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' => out.push(c),
            '０'..='９' => {
                let offset = u32::from(c).checked_sub(u32::from('０'))?;
                out.push(char::from_digit(offset, 10)?);
            }
            ' ' | '\u{3000}' | '-' => {}
            _ => return None,
        }
    }
    (8..=30).contains(&out.len()).then_some(out)
}

/// One line of an entry as it is kept; what is wrong with it goes to the rest.
fn text(
    wrong: &mut Vec<FieldError>,
    (pointer, value): (&str, &str),
    least: usize,
    (zh, en): (&str, &str),
) -> String {
    let value = value.trim().to_owned();
    let length = value.chars().count();
    if length < least || length > LONGEST || value.chars().any(char::is_control) {
        wrong.push(FieldError::new(pointer, "ordering.payee", zh, en));
    }
    value
}

/// What every entry says: a name, and our own name for it.
pub(crate) fn names(wrong: &mut Vec<FieldError>, name: &str, nickname: &str) -> (String, String) {
    let name = text(wrong, ("/name", name), 1, ("填写收款人姓名或单位名称", "Enter the payee's name"));
    (name, text(wrong, ("/nickname", nickname), 0, ("备注名最多 60 个字", "At most 60 characters")))
}

/// The entry as it is kept, or what is wrong with each field.
pub(crate) fn check(new: &NewPayee) -> Result<NewPayee, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let (name, nickname) = names(&mut wrong, &new.name, &new.nickname);
    let bank = text(&mut wrong, ("/bank", &new.bank), 1, ("填写开户银行", "Enter the bank"));
    let account = digits(&new.account).unwrap_or_else(|| {
        let (zh, en) = ("账号为 8 至 30 位数字，请核对", "Check the account: 8 to 30 digits");
        wrong.push(FieldError::new("/account", "ordering.payee_account", zh, en));
        String::new()
    });
    if wrong.is_empty() { Ok(NewPayee { name, bank, account, nickname }) } else { Err(wrong) }
}

/// What stands in the way of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// More than goes to whom is new.
    New {
        most: Money,
    },
    ProofNeeded,
}

/// Whether this much may go there now. `warm_at`: since when the payee is no longer new; `None` for who is not in the book. To oneself any
/// amount goes at once, with a proof: whoever took an account over has another name at the bank.
pub(crate) fn may_send(
    amount: Money,
    to: Recipient,
    warm_at: Option<Timestamp>,
    now: Timestamp,
    proved: Proved,
) -> Result<(), Obstacle> {
    let new = warm_at.is_none_or(|at| at > now);
    if new && to == Recipient::Other && amount.minor > NEW_MOST {
        return Err(Obstacle::New { most: Money { minor: NEW_MOST, ..amount } });
    }
    if (new || amount.minor >= PROOF_FROM) && proved == Proved::No {
        return Err(Obstacle::ProofNeeded);
    }
    Ok(())
}

/// Whose account it goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recipient {
    /// An account in the verified name of whoever sends it: a withdrawal.
    Own,
    Other,
}

/// Whether a factor was shown a moment ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proved {
    Yes,
    No,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_as_they_are_typed() {
        for (typed, want) in [
            ("6222 0212 3456 7890", Some("6222021234567890")),
            ("６２２２-0212", Some("62220212")),
            ("1234567", None),
            ("62220212x", None),
            ("", None),
            ("1234567890123456789012345678901", None),
        ] {
            assert_eq!(digits(typed).as_deref(), want, "{typed}");
        }
    }

    #[test]
    fn w8_little_goes_to_whom_is_new_and_nothing_large_without_a_proof() {
        let (now, later) = (Timestamp(10), Timestamp(11));
        let warm = Some(Timestamp(10));
        let most = Money::cny(NEW_MOST);
        for (fen, warm_at, proved, want) in [
            (NEW_MOST, None, Proved::Yes, Ok(())),
            (NEW_MOST + 1, None, Proved::Yes, Err(Obstacle::New { most })),
            (NEW_MOST + 1, Some(later), Proved::Yes, Err(Obstacle::New { most })),
            (1, None, Proved::No, Err(Obstacle::ProofNeeded)),
            (1, Some(later), Proved::No, Err(Obstacle::ProofNeeded)),
            (PROOF_FROM - 1, warm, Proved::No, Ok(())),
            (PROOF_FROM, warm, Proved::No, Err(Obstacle::ProofNeeded)),
            (PROOF_FROM, warm, Proved::Yes, Ok(())),
        ] {
            let found = may_send(Money::cny(fen), Recipient::Other, warm_at, now, proved);
            assert_eq!(found, want, "{fen} {warm_at:?} {proved:?}");
        }
    }

    #[test]
    fn w8_to_oneself_any_amount_goes_at_once_with_a_proof() {
        let (now, warm) = (Timestamp(10), Some(Timestamp(10)));
        for (fen, warm_at, proved, want) in [
            (NEW_MOST + 1, None, Proved::Yes, Ok(())),
            (1, None, Proved::No, Err(Obstacle::ProofNeeded)),
            (PROOF_FROM - 1, warm, Proved::No, Ok(())),
            (PROOF_FROM, warm, Proved::No, Err(Obstacle::ProofNeeded)),
        ] {
            let found = may_send(Money::cny(fen), Recipient::Own, warm_at, now, proved);
            assert_eq!(found, want, "{fen} {warm_at:?} {proved:?}");
        }
    }
}
