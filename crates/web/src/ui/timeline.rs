//! How a thing went and what comes next: one list, the present step marked. The state is in the words for screen readers
//! (已完成, 当前, 接下来) as well as in the dot.

use kernel::Timestamp;
use maud::{Markup, html};

use super::{PageCx, time};
use crate::i18n::Data;

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Done,
    Now,
    Next,
    Failed,
}

/// One step.
#[derive(Debug, Clone)]
pub struct Item<'a> {
    pub step: Step,
    pub title: &'a str,
    pub at: Option<Timestamp>,
    /// Who did it, until when it may be changed. May be empty.
    pub detail: Markup,
}

/// The steps in their order. `id` lets a live update replace the list.
pub fn timeline(cx: &PageCx, id: &str, items: &[Item<'_>]) -> Markup {
    let t = Data::of(cx.locale);
    html! {
        ol.tl id=(id) {
            @for item in items {
                @let (class, word) = match item.step {
                    Step::Done => ("done", t.done),
                    Step::Now => ("now", t.now),
                    Step::Next => ("next", t.next),
                    Step::Failed => ("failed", t.failed),
                };
                li class=(class) aria-current=[(item.step == Step::Now).then_some("step")] {
                    b { (item.title) } span.vh { " · " (word) }
                    div.muted.sm {
                        @if let Some(at) = item.at { (time::stamp(cx, at)) }
                        @if item.at.is_some() && !item.detail.0.is_empty() { " · " }
                        (item.detail)
                    }
                }
            }
        }
    }
}
