//! Numbers that matter, as tiles. Each names its period or comparison in words (N3).

use maud::{Markup, html};

use super::status::{self, Kind};

/// One number.
#[derive(Debug, Clone, Default)]
pub struct Stat<'a> {
    pub label: &'a str,
    pub value: String,
    /// Comparison or target: 较昨日 +6.1%.
    pub note: &'a str,
    /// The list behind the number.
    pub href: Option<&'a str>,
    /// Shown with its shape before the note, when the number asks for attention.
    pub kind: Option<Kind>,
}

/// One tile; a link where there is a list behind it.
pub fn tile(stat: &Stat<'_>) -> Markup {
    let inside = html! {
        span.kl { (stat.label) }
        b.kv.num { (stat.value) }
        span.kn {
            @if let Some(kind) = stat.kind { span class={ "st " (kind.class()) } { (status::shape(kind)) } }
            (stat.note)
        }
    };
    html! {
        @match stat.href {
            Some(href) => { a.kpi href=(href) { (inside) } }
            None => { div.kpi { (inside) } }
        }
    }
}

/// A row of at most eight tiles (S7).
pub fn tiles(stats: &[Stat<'_>]) -> Markup {
    html! { div.kpis { @for stat in stats.iter().take(8) { (tile(stat)) } } }
}
