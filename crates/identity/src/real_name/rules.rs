//! What counts as a real name and a number, and when the next try may come. Pure.

use forms::{BadIdNumber, IdNumber};
use jiff::civil::Date;
use jiff::tz::{TimeZone, offset};
use kernel::{Duration, FieldError, Level, RetryAfter, Timestamp};
use unicode_normalization::UnicodeNormalization as _;

use connectors::NameResult;

use super::error::Error;
use super::model::{CheckState, Person};

/// As long as a name on a card can be.
const NAME_LENGTH: std::ops::RangeInclusive<usize> = 2..=50;
/// Below, a guardian decides (PIPL Art. 31).
const YOUNGEST: i16 = 14;
/// Nobody was older for long.
const OLDEST: i16 = 120;
/// Between two askings of one question: twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
/// The window in which tries are counted.
pub(crate) const DAY: Duration = Duration::from_days(1);

/// The day where the service is given.
pub(crate) fn today(now: Timestamp) -> Date {
    now.to_jiff().to_zoned(TimeZone::fixed(offset(8))).date()
}

/// Name, number and consent; everything that is wrong is said at once.
pub(crate) fn parse_person(name: &str, number: &str, consent: bool, today: Date) -> Result<Person, Error> {
    let mut fields = Vec::new();
    let name = parse_name(name).map_err(|error| fields.push(error)).ok();
    let number = parse_number(number, today).map_err(|error| fields.push(error)).ok();
    if !consent {
        let (zh, en) = ("勾选单独同意后继续", "Tick the separate consent to go on");
        fields.push(FieldError::new("/consent", "real_name.consent_needed", zh, en));
    }
    match (name, number) {
        (Some(name), Some(number)) if fields.is_empty() => {
            let holder = number.holder().name().to_owned();
            Ok(Person { name, number: number.into_text(), holder })
        }
        _ => Err(Error::Invalid { fields }),
    }
}

/// A name as it stands on a card: letters of any script, one blank between words, and the dot of names such as 阿依古丽·买买提, which
/// keyboards write in many ways.
pub(crate) fn parse_name(text: &str) -> Result<String, FieldError> {
    let name: String = text.nfc().map(as_on_card).collect::<String>();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let wrong = |code, zh: &str, en: &str| Err(FieldError::new("/name", code, zh, en));
    if name.is_empty() {
        return wrong("real_name.name_empty", "填写姓名", "Enter your name");
    }
    if !NAME_LENGTH.contains(&name.chars().count()) {
        let (zh, en) = ("姓名需为 2 至 50 个字，与证件一致", "A name has 2 to 50 characters, as on the card");
        return wrong("real_name.name_length", zh, en);
    }
    let fine = |c: char| c.is_alphabetic() || matches!(c, '·' | ' ' | '-' | '\'' | '.');
    let ends = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    if name.chars().all(fine) && ends(name.chars().next()) {
        return Ok(name);
    }
    let (zh, en) = ("姓名只能有文字和间隔号，与证件一致", "A name has letters only, as on the card");
    wrong("real_name.name_characters", zh, en)
}

fn as_on_card(c: char) -> char {
    match c {
        // Bullet, hyphenation point, katakana dots, bullet operator, dot operator, full-width stop, black circle.
        '\u{2022}' | '\u{2027}' | '\u{30FB}' | '\u{FF65}' | '\u{2219}' | '\u{22C5}' | '\u{FF0E}'
        | '\u{25CF}' => '·',
        '\u{2019}' | '\u{2018}' => '\'',
        '\u{2010}' | '\u{2011}' | '\u{2013}' => '-',
        other => other,
    }
}

fn parse_number(text: &str, today: Date) -> Result<IdNumber, FieldError> {
    let wrong = |code, zh: &str, en: &str| Err(FieldError::new("/number", code, zh, en));
    if text.trim().is_empty() {
        return wrong("real_name.number_empty", "填写证件号码", "Enter the identity number");
    }
    let number = match IdNumber::parse(text, today) {
        Ok(number) => number,
        Err(BadIdNumber::Shape) => {
            let (zh, en) =
                ("证件号码需为 18 位，最后一位可为 X", "The number must be 18 digits; the last may be X");
            return wrong("real_name.number_shape", zh, en);
        }
        Err(BadIdNumber::Region) => {
            let (zh, en) = ("证件号码前几位不是地区代码，请核对", "Check the first digits: the region");
            return wrong("real_name.number_region", zh, en);
        }
        Err(BadIdNumber::Birth) => {
            let (zh, en) = ("第 7 至 14 位不是出生日期，请核对", "Check digits 7 to 14: the date of birth");
            return wrong("real_name.number_birth", zh, en);
        }
        Err(BadIdNumber::CheckDigit) => {
            let (zh, en) =
                ("证件号码最后一位不匹配，请核对", "Check the last character of the identity number");
            return wrong("real_name.number_check_digit", zh, en);
        }
    };
    match number.age(today) {
        age if age > OLDEST => {
            let (zh, en) = (
                "按号码已超过 120 岁，请核对出生日期",
                "By this number you are over 120. Check the birth date",
            );
            wrong("real_name.age_implausible", zh, en)
        }
        age if age < YOUNGEST => {
            let (zh, en) =
                ("未满 14 周岁需由监护人到柜台办理", "Under 14 a guardian has to come to the counter");
            wrong("real_name.guardian_needed", zh, en)
        }
        _ => Ok(number),
    }
}

/// What an answer makes of a question; `None`: nothing yet.
pub(crate) const fn settled(result: NameResult) -> Option<CheckState> {
    match result {
        NameResult::Match => Some(CheckState::Match),
        NameResult::Mismatch => Some(CheckState::Mismatch),
        NameResult::NotFound => Some(CheckState::NotFound),
        NameResult::Unavailable => None,
    }
}

/// What becomes of a question that was asked `tries` times without an answer: ask again then, or give up (`None`).
pub(crate) fn ask_again(
    created_at: Timestamp,
    ask_for: Duration,
    tries: i64,
    now: Timestamp,
) -> Option<Timestamp> {
    let doublings = u32::try_from(tries.saturating_sub(1).clamp(0, 8)).unwrap_or(0);
    let pause = Duration(FIRST_PAUSE.0.saturating_mul(1_i64 << doublings));
    let at = now.plus(pause);
    (at <= created_at.plus(ask_for)).then_some(at)
}

/// The level of an account from what is known of it.
pub(crate) fn level(contact_verified: bool, proved: Option<Level>) -> Level {
    match proved {
        Some(level) => level,
        None if contact_verified => Level::Contact,
        None => Level::None,
    }
}

/// No tries are left until then. Whole minutes above two, else seconds, rounded up.
pub(crate) fn too_many(wait: Duration) -> Error {
    let secs = wait.as_secs().saturating_add(1).max(1);
    let (zh, en) = match (secs.saturating_add(59).div_euclid(60), secs.saturating_add(3599).div_euclid(3600))
    {
        (_, hours) if hours > 2 => (format!("{hours} 小时"), format!("{hours} hours")),
        (mins, _) if mins > 2 => (format!("{mins} 分钟"), format!("{mins} minutes")),
        _ => (format!("{secs} 秒"), format!("{secs} seconds")),
    };
    Error::TooManyTries { after: RetryAfter(secs), zh, en }
}
