//! What is wrong with a pack: file, line, the rule's stable name, and how to mend it in both languages.

use std::cell::RefCell;

use kernel::Locale;

/// One mistake in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// One of [`RULES`](crate::pack::RULES).
    pub rule: &'static str,
    pub zh: String,
    pub en: String,
}

impl Problem {
    pub fn message(&self, locale: Locale) -> &str {
        match locale {
            Locale::Zh => &self.zh,
            Locale::En => &self.en,
        }
    }
}

impl std::fmt::Display for Problem {
    /// `telecom.yaml:12: offering.price.bounds: …`, the form editors jump to.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}: {}", self.file, self.line, self.rule, self.en)
    }
}

/// Everything found wrong with a set of packs: the refusal of [`crate::service::Error::PacksRefused`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One line each: `file:line: rule: message`.
    pub fn lines(&self, locale: Locale) -> String {
        let line = |p: &Problem| format!("{}:{}: {}: {}\n", p.file, p.line, p.rule, p.message(locale));
        self.0.iter().map(line).collect()
    }
}

impl std::error::Error for Problems {}

impl std::fmt::Display for Problems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.lines(Locale::En).trim_end())
    }
}

/// Collects the problems of one file. Reading goes on after a problem, so that all are named at once.
#[derive(Debug)]
pub(crate) struct Report {
    file: String,
    found: RefCell<Vec<Problem>>,
}

impl Report {
    pub fn new(file: &str) -> Self {
        Self { file: file.to_owned(), found: RefCell::new(Vec::new()) }
    }

    pub fn add(&self, line: usize, rule: &'static str, zh: impl Into<String>, en: impl Into<String>) {
        let file = self.file.clone();
        self.found.borrow_mut().push(Problem { file, line: line.max(1), rule, zh: zh.into(), en: en.into() });
    }

    pub fn len(&self) -> usize {
        self.found.borrow().len()
    }

    pub fn into_problems(self) -> Vec<Problem> {
        self.found.into_inner()
    }
}

macro_rules! rules {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal;)*) => {
        /// The names of the rules. A name never changes its meaning: people write it into their notes and checks.
        pub(crate) mod rule {
            $( $(#[doc = $doc])* pub const $name: &str = $code; )*

            /// Rules about how texts are written, which may grow stricter without making old versions unreadable.
            pub fn of_taste(code: &str) -> bool {
                code.starts_with("text.") && code != TEXT_BOTH
            }
        }

        /// Every rule a pack must satisfy, with what it asks for.
        pub const RULES: &[(&str, &str)] = &[ $( ($code, concat!($($doc),*)), )* ];
    };
}

rules! {
    /// The file is one YAML document without aliases and tags.
    SYNTAX = "pack.syntax";
    /// `format` is one this version reads.
    FORMAT = "pack.format";
    /// Every member is one the format knows.
    MEMBER_UNKNOWN = "pack.member.unknown";
    /// What the format needs is there.
    MEMBER_MISSING = "pack.member.missing";
    /// No member is given twice.
    MEMBER_TWICE = "pack.member.twice";
    /// A value has the shape its member needs.
    VALUE_SHAPE = "pack.value.shape";
    /// A word is one of those the format knows.
    VALUE_CHOICE = "pack.value.choice";
    /// A list has at least one entry and not absurdly many.
    LIST_SIZE = "pack.list.size";
    /// Codes are lower case letters, digits and hyphens, at most 40.
    CODE_FORM = "pack.code.form";
    /// A vertical stands in one file only.
    VERTICAL_UNIQUE = "vertical.code.unique";
    /// A service's code is unique over all files.
    SERVICE_UNIQUE = "service.code.unique";
    /// Every text exists in Chinese and English.
    TEXT_BOTH = "text.both_languages";
    /// A text is not longer than its place on the page.
    TEXT_LENGTH = "text.length";
    /// Chinese texts use full-width punctuation, 您, no padding and no blanks between Han and Latin.
    TEXT_CHINESE = "text.chinese_copy";
    /// English texts are English: no Han, no doubled blanks.
    TEXT_ENGLISH = "text.english_copy";
    /// Texts contain no control or direction characters.
    TEXT_CHARACTERS = "text.characters";
    /// The four answers of a guide fit above the fold: 120 Han characters.
    GUIDE_LENGTH = "guide.length";
    /// Money is yuan as text with at most two decimals, between 0.01 and 1,000,000.00.
    MONEY_FORM = "money.form";
    /// Durations are a whole number with s, m, h or d, within the member's limits.
    DURATION_FORM = "duration.form";
    /// Numbers are whole and within the member's limits.
    NUMBER_RANGE = "number.range";
    /// The form satisfies the rules of forms.
    FORM_VALID = "form.valid";
    /// A named field exists in the form and has the right kind.
    FORM_FIELD = "form.field.exists";
    /// An offering's code is unique in its service.
    OFFERING_UNIQUE = "offering.code.unique";
    /// The lower price limit is not above the upper one.
    PRICE_BOUNDS = "offering.price.bounds";
    /// A quoted price has an enquiry to come from.
    PRICE_ENQUIRY = "offering.price.enquiry";
    /// Entered and quoted prices are for one piece: the amount is the quantity.
    PRICE_QUANTITY = "offering.price.quantity";
    /// Every offering has a value for every attribute, no others, and no two have the same values.
    ATTRIBUTES = "offering.attributes";
    /// A service whose outcome is an order has an offering; one whose outcome is an answer has an enquiry and none.
    OUTCOME = "service.outcome";
    /// With stock per offering every offering names a stock item; without, none does.
    STOCK_SKU = "stock.sku";
    /// A stock item's code is unique over all files.
    SKU_UNIQUE = "stock.sku.unique";
    /// Slots: windows in order without overlap, a form field of kind slot to choose in, some day open.
    SLOTS = "stock.slots";
    /// Rule codes are unique in their service.
    ELIGIBILITY_UNIQUE = "eligibility.code.unique";
    /// A rule is CEL that compiles.
    CEL_SYNTAX = "eligibility.cel.syntax";
    /// A rule names only answers, customer, offering, quantity, now, and only members that exist.
    CEL_NAMES = "eligibility.cel.names";
    /// A rule gives true or false for every offering on sample answers.
    CEL_TYPE = "eligibility.cel.type";
    /// Step ids are unique in their workflow.
    STEP_UNIQUE = "workflow.step.unique";
    /// A step is of exactly one kind.
    STEP_KIND = "workflow.step.kind";
    /// Only steps that speak to a provider can be undone by one.
    STEP_UNDO = "workflow.step.undo";
    /// At most one step is the point of no return.
    STEP_POINT = "workflow.point_of_no_return";
    /// Waiting for a slot needs slots.
    STEP_SLOT = "workflow.wait_slot";
    /// A document that is issued is among the service's documents, and the other way round.
    STEP_DOCUMENT = "workflow.document";
    /// Money for another customer's balance leaves with the last step, is balance, and never comes back by itself.
    STEP_CREDIT = "workflow.credit";
    /// What the customer sees of a result is named once.
    RESULT_UNIQUE = "results.key.unique";
    /// A step's deadline leaves room for at least one poll.
    STEP_POLL = "workflow.poll";
    /// The service level is at least as long as the longest deadline of its workflow.
    SERVICE_LEVEL = "service.level";
    /// `cancel.until` names a step of the workflow.
    CANCEL_STEP = "cancel.step";
    /// A cancellation fee is below every price.
    CANCEL_FEE = "cancel.fee";
    /// An order has a way to pay, each named once.
    PAYMENT = "payment.methods";
    /// What is taken only when the work is done is paid in ways that can authorise.
    CAPTURE = "payment.capture";
}
