//! The hash of a report and its table.

use kernel::hex;
use sha2::{Digest, Sha256};

use super::model::Report;
use crate::Error;

/// SHA-256 of the report as JSON.
pub(crate) fn hash(report: &Report) -> Result<String, Error> {
    Ok(hex::encode(Sha256::digest(serde_json::to_vec(report)?).as_slice()))
}

/// A line of values; what could begin a formula in a spreadsheet is made plain text.
pub(crate) fn line(values: &[String]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| cell(value)).collect();
    format!("{}\r\n", quoted.join(","))
}

fn cell(value: &str) -> String {
    let is_number = value.parse::<i64>().is_ok() || kernel::Money::parse(value.trim_start_matches('-'), kernel::Currency::CNY).is_ok();
    let plain = if value.starts_with(['=', '+', '-', '@', '\t']) && !is_number { format!("'{value}") } else { value.to_owned() };
    if plain.contains([',', '"', '\n', '\r']) { format!("\"{}\"", plain.replace('"', "\"\"")) } else { plain }
}

/// The whole report as one table: section, name, then what there is to say.
pub(crate) fn csv(report: &Report, hash: &str) -> String {
    let mut out = String::new();
    let mut add = |values: &[&str]| {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        out.push_str(&line(&values));
    };
    add(&["section", "name", "count", "amount", "currency", "fee", "detail"]);
    add(&["month", &report.gateway, "", "", "", "", &report.month]);
    for day in &report.days {
        let (lines, detail) = (day.lines.to_string(), format!("{} v{} matched {} broken {}", day.state, day.version, day.matched, day.broken));
        add(&["day", &day.day, &lines, "", "", "", &detail]);
    }
    for sum in &report.sums {
        let name = serde_json::to_value(sum.kind).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
        add(&["bill", &name, &sum.lines.to_string(), &sum.amount.to_plain(), sum.amount.currency.code(), &sum.fee.to_plain(), ""]);
    }
    for fee in &report.fees_booked {
        add(&["fees_booked", "", "", "", fee.currency.code(), &fee.to_plain(), ""]);
    }
    for one in &report.differences {
        add(&["difference", one.reason.name(), &one.count.to_string(), &one.effect.to_plain(), one.effect.currency.code(), "", &one.outcome]);
    }
    for one in &report.signatures {
        let detail = format!("{} {}", one.signed_by, one.signed_at.to_rfc3339());
        add(&["signed", &one.difference, "", &one.effect.to_plain(), one.effect.currency.code(), "", &detail]);
    }
    add(&["proposed_by", report.proposed_by.as_deref().unwrap_or(""), "", "", "", "", ""]);
    add(&["closed_by", report.closed_by.as_deref().unwrap_or(""), "", "", "", "", ""]);
    add(&["sha256", hash, "", "", "", "", ""]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_begins_no_formula_and_keeps_its_commas() {
        for (value, expected) in [("=1+1", "'=1+1"), ("-12.50", "-12.50"), ("a,b", "\"a,b\""), ("\"", "\"\"\"\""), ("@x", "'@x")] {
            assert_eq!(cell(value), expected);
        }
    }
}
