//! What a title has to be. Pure.

use kernel::FieldError;

use super::model::{NewTitle, TitleFacts, TitleKind};

const LONGEST: usize = 100;

/// The title as it is kept, or everything that is wrong with it.
pub(crate) fn check(new: &NewTitle) -> Result<TitleFacts, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > LONGEST || name.chars().any(char::is_control) {
        let (zh, en) = ("填写抬头名称，最多 100 个字", "Enter a name of at most 100 characters");
        wrong.push(FieldError::new("/name", "documents.title_name", zh, en));
    }
    let tax_number = match new.kind {
        TitleKind::Person => None,
        TitleKind::Company => match identity::organisation::credit_code(&new.tax_number) {
            Ok(code) => Some(code),
            Err(error) => {
                wrong.push(FieldError { pointer: "/tax_number".to_owned(), ..error });
                None
            }
        },
    };
    if wrong.is_empty() { Ok(TitleFacts { name: name.to_owned(), tax_number }) } else { Err(wrong) }
}
