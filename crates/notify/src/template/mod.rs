//! What messages say, in both languages. The product's own texts are typed; texts that operators write in service packs
//! carry `{placeholders}`, which [`placeholders`] lets a checker compare with what will be filled in.

mod model;
mod rules;
#[cfg(test)]
mod tests;

pub use model::{BadTemplate, CodePurpose, Content, Fillings, OrderUpdate, Template, fillings};
pub use rules::{placeholders, render};
