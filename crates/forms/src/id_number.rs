//! The 18-character number of a person in China (GB 11643-1999): citizens, holders of residence permits from Hong Kong, Macao and
//! Taiwan, and holders of the foreigners' permanent residence card of 2023, which is numbered alike.
//!
//! ```
//! use forms::{Holder, IdNumber};
//! let today = jiff::civil::date(2026, 11, 21);
//! let number = IdNumber::parse("11010519491231002x", today).unwrap();
//! assert_eq!((number.as_str(), number.holder(), number.age(today)), ("11010519491231002X", Holder::Citizen, 76));
//! assert_eq!(number.masked(), "1*************002X");
//! ```

use jiff::civil::Date;
use kernel::normalise_digits;

use crate::region::PROVINCES;

/// Whose number it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holder {
    Citizen,
    /// 港澳台居民居住证: 81 Hong Kong, 82 Macao, 83 Taiwan.
    ResidencePermit,
    /// 外国人永久居留身份证: 9, the province, three digits of the nationality.
    ForeignResident,
}

impl Holder {
    pub const ALL: [Self; 3] = [Self::Citizen, Self::ResidencePermit, Self::ForeignResident];

    /// `citizen`, `residence_permit`, `foreign_resident`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::ResidencePermit => "residence_permit",
            Self::ForeignResident => "foreign_resident",
        }
    }
}

/// Why a text is no such number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadIdNumber {
    /// Not 17 digits and a digit or X.
    Shape,
    /// It begins with no provincial region and no kind of permit.
    Region,
    /// Digits 7 to 14 are no day between 1900 and today.
    Birth,
    /// The last character does not fit the others.
    CheckDigit,
}

/// A number that keeps all rules, with a capital X. Has no `Debug`: it is personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct IdNumber {
    text: String,
    holder: Holder,
    born: Date,
}

/// Weights of ISO 7064 MOD 11-2 for the first 17 digits.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// The last character for each remainder.
const CHECKS: &str = "10X98765432";
/// Nobody who needs a number was born earlier.
const FIRST_YEAR: i16 = 1900;

impl IdNumber {
    /// Reads a number in any usual spelling: full-width digits, blanks between groups, a small x.
    pub fn parse(text: &str, today: Date) -> Result<Self, BadIdNumber> {
        let plain = normalise_digits(text);
        let compact: String = plain.chars().filter(|c| !c.is_whitespace()).collect();
        let text = compact.to_ascii_uppercase();
        let (Some(body), Some(last), 18) = (text.get(..17), text.chars().last(), text.len()) else {
            return Err(BadIdNumber::Shape);
        };
        if !body.bytes().all(|b| b.is_ascii_digit()) || !(last.is_ascii_digit() || last == 'X') {
            return Err(BadIdNumber::Shape);
        }
        let holder = holder_of(body).ok_or(BadIdNumber::Region)?;
        let born = birthday(body).filter(|born| born.year() >= FIRST_YEAR && *born <= today);
        let born = born.ok_or(BadIdNumber::Birth)?;
        if check_character(body) == Some(last) {
            Ok(Self { text, holder, born })
        } else {
            Err(BadIdNumber::CheckDigit)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn into_text(self) -> String {
        self.text
    }

    pub const fn holder(&self) -> Holder {
        self.holder
    }

    pub const fn born(&self) -> Date {
        self.born
    }

    /// Whole years on a day; born on 29 February counts from 1 March in other years.
    pub fn age(&self, today: Date) -> i16 {
        let years = today.year().saturating_sub(self.born.year());
        let had_birthday = (today.month(), today.day()) >= (self.born.month(), self.born.day());
        if had_birthday { years } else { years.saturating_sub(1) }
    }

    /// What may be shown: the first and the last four.
    pub fn masked(&self) -> String {
        mask_id_number(&self.text)
    }
}

/// `1*************002X`: the first character and the last four. What is shorter than ten is stars altogether.
pub fn mask_id_number(number: &str) -> String {
    let chars: Vec<char> = number.chars().collect();
    let (Some((first, rest)), true) = (chars.split_first(), chars.len() >= 10) else {
        return "*".repeat(chars.len());
    };
    let (hidden, shown) = rest.split_at(rest.len().saturating_sub(4));
    std::iter::once(*first).chain(hidden.iter().map(|_| '*')).chain(shown.iter().copied()).collect()
}

fn holder_of(body: &str) -> Option<Holder> {
    let province =
        |from: usize| PROVINCES.iter().any(|p| body.get(from..).is_some_and(|t| t.starts_with(p.code)));
    match body.get(..2)? {
        "81" | "82" | "83" => Some(Holder::ResidencePermit),
        // No nationality is numbered 000.
        start if start.starts_with('9') => {
            (province(1) && body.get(3..6) != Some("000")).then_some(Holder::ForeignResident)
        }
        _ => province(0).then_some(Holder::Citizen),
    }
}

fn birthday(body: &str) -> Option<Date> {
    let year = body.get(6..10)?.parse().ok()?;
    let (month, day) = (body.get(10..12)?.parse().ok()?, body.get(12..14)?.parse().ok()?);
    Date::new(year, month, day).ok()
}

fn check_character(body: &str) -> Option<char> {
    let digits = body.chars().filter_map(|c| c.to_digit(10));
    let sum =
        digits.zip(WEIGHTS).fold(0_u32, |sum, (d, weight)| sum.saturating_add(d.saturating_mul(weight)));
    CHECKS.chars().nth(usize::try_from(sum % 11).ok()?)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    const TODAY: Date = date(2026, 11, 21);

    fn read(text: &str) -> Result<Holder, BadIdNumber> {
        IdNumber::parse(text, TODAY).map(|number| number.holder())
    }

    #[test]
    fn published_numbers_are_read_as_what_they_are() {
        for (text, want) in [
            // The examples of GB 11643-1999; the second person was born in 1880.
            ("11010519491231002X", Ok(Holder::Citizen)),
            ("440524188001010014", Err(BadIdNumber::Birth)),
            // The examples of python-stdnum.
            ("360426199101010071", Ok(Holder::Citizen)),
            // The specimens of residence permits and of the foreigners' cards.
            ("810000199408230021", Ok(Holder::ResidencePermit)),
            ("830000199201300022", Ok(Holder::ResidencePermit)),
            ("911124198108030024", Ok(Holder::ForeignResident)),
            ("932682198501010017", Ok(Holder::ForeignResident)),
        ] {
            assert_eq!(read(text), want, "{text}");
        }
    }

    /// What `stdnum.cn.ric` (python-stdnum) says of numbers made by chance. It also knows which counties there were in which year,
    /// which is not checked here: numbers given late carry codes of counties that were gone.
    #[test]
    fn another_implementation_agrees() {
        for (text, valid) in [
            ("310104198904078637", true),
            ("330106198910060325", true),
            ("330106198310067849", true),
            ("510104199109239798", true),
            ("640104200603263501", true),
            ("110105199601119001", true),
            ("310104200306219874", true),
            ("310104193109280737", true),
            ("650102198703167225", true),
            ("330106200701275186", true),
            ("110105198301052437", true),
            ("110105197411218149", true),
            ("460105201007171050", true),
            ("110105198610288937", true),
            ("530102198801131149", true),
            ("530102200305174350", true),
            ("110105197004271962", true),
            ("330106199510263486", true),
            ("510104199409077225", true),
            ("120101199211092137", true),
            ("420106199807068050", true),
            ("110105194806124725", true),
            ("110105197710103325", true),
            ("650102199012273074", true),
            ("110105199803123155", false),
            ("310704198606204055", false),
            ("120101200254108386", false),
            ("120101197910091774", false),
            ("420106193712040578", false),
            ("530102198406147649", false),
            ("530102598802289424", false),
            ("460105199612193797", false),
            ("650102192003024409", false),
            ("230193197501230633", false),
            ("230193197806096859", false),
        ] {
            assert_eq!(read(text).is_ok(), valid, "{text}");
        }
    }

    #[test]
    fn each_rule_has_its_own_refusal() {
        for (text, want) in [
            ("", BadIdNumber::Shape),
            ("11010519491231002", BadIdNumber::Shape),
            ("11010519491231002XX", BadIdNumber::Shape),
            ("X10105194912310021", BadIdNumber::Shape),
            ("1101051949123100二X", BadIdNumber::Shape),
            ("11010519491231002Y", BadIdNumber::Shape),
            // No province begins with 66; 99 is none in a foreigner's number either, and no nationality is 000.
            ("660105194912310021", BadIdNumber::Region),
            ("999999198108030024", BadIdNumber::Region),
            ("911000198108030024", BadIdNumber::Region),
            ("110105194902300021", BadIdNumber::Birth),
            ("110105202611220021", BadIdNumber::Birth),
            ("110105189912310021", BadIdNumber::Birth),
            ("110105194912310021", BadIdNumber::CheckDigit),
        ] {
            assert_eq!(read(text), Err(want), "{text}");
        }
    }

    #[test]
    fn age_counts_whole_years() {
        let age = |number: &str, today| IdNumber::parse(number, TODAY).map(|n| n.age(today));
        assert_eq!(age("11010519491231002X", date(2026, 12, 30)), Ok(76));
        assert_eq!(age("11010519491231002X", date(2026, 12, 31)), Ok(77));
    }

    #[test]
    fn a_mask_shows_the_first_and_the_last_four() {
        assert_eq!(mask_id_number("11010519491231002X"), "1*************002X");
        assert_eq!(mask_id_number("123456789"), "*********");
        assert_eq!(mask_id_number(""), "");
    }

    fn made(region: &str, day: u16, sequence: u16) -> String {
        let born = date(1930, 1, 1).saturating_add(jiff::Span::new().days(day));
        let body = format!("{region}{:04}{:02}{:02}{sequence:03}", born.year(), born.month(), born.day());
        format!("{body}{}", check_character(&body).unwrap())
    }

    proptest! {
        #[test]
        fn every_well_made_number_is_read_back_unchanged(
            province in prop::sample::select(PROVINCES), day in 0_u16..30_000, sequence in 0_u16..1000,
        ) {
            let text = made(&format!("{}0105", province.code), day, sequence);
            let number = IdNumber::parse(&text.to_ascii_lowercase(), TODAY).map(IdNumber::into_text);
            prop_assert_eq!(number, Ok(text));
        }

        #[test]
        fn one_changed_digit_or_two_swapped_neighbours_are_always_noticed(
            day in 0_u16..30_000, sequence in 0_u16..1000, at in 0_usize..17, by in 1_u8..10,
        ) {
            let text = made("330106", day, sequence);
            let mut changed = text.clone().into_bytes();
            changed[at] = b'0' + (changed[at] - b'0' + by) % 10;
            prop_assert!(read(&String::from_utf8(changed).unwrap()).is_err());
            let mut swapped = text.clone().into_bytes();
            swapped.swap(at, at.saturating_sub(1));
            if swapped != text.as_bytes() {
                prop_assert!(read(&String::from_utf8(swapped).unwrap()).is_err());
            }
        }

        #[test]
        fn whatever_is_typed_never_panics_and_a_mask_hides_all_but_five(text in ".{0,40}") {
            let _ = read(&text);
            let masked = mask_id_number(&text);
            prop_assert_eq!(masked.chars().count(), text.chars().count());
            prop_assert!(masked.chars().zip(text.chars()).filter(|(m, t)| m == t && *m != '*').count() <= 5);
        }
    }
}
