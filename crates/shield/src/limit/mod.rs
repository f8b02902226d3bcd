//! How often somebody may ask. Promises: counting takes no lock and a fixed amount of memory, whoever asks how often.

mod bucket;
mod model;

pub use bucket::{Buckets, Reading};
pub use model::{BadQuota, Class, Limits, Quota};
