//! `#[db_test]`: one test, run on both databases.

use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

/// Turns `async fn name(t: TestDb) { … }` into a module `name` with one test per database.
///
/// `TestDb` is whatever type the function takes: it must have `async fn open(Backend) -> Self` and `async fn close(self)`-free drop.
#[proc_macro_attribute]
pub fn db_test(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = item.into_iter().collect();
    let Some(name) = name_of(&tokens) else {
        return error("#[db_test] stands before `async fn name(t: TestDb)`");
    };
    // The function moves into a module of its own name, as `body`, followed by one test per database.
    let body: TokenStream = tokens
        .into_iter()
        .map(|token| match &token {
            TokenTree::Ident(ident) if ident.to_string() == name.to_string() => {
                TokenTree::Ident(Ident::new("body", Span::call_site()))
            }
            _ => token,
        })
        .collect();
    let tests: TokenStream = "
        #[test]
        fn sqlite() { ::testkit::run(::testkit::Backend::Sqlite, body); }
        #[test]
        fn postgres() { ::testkit::run(::testkit::Backend::Postgres, body); }
    "
    .parse()
    .unwrap_or_default();
    let mut inside: TokenStream =
        "#[allow(unused_imports, reason = \"a test need not use everything around it\")] use super::*;"
            .parse()
            .unwrap_or_default();
    inside.extend(body);
    inside.extend(tests);
    let mut out: TokenStream = "mod".parse().unwrap_or_default();
    out.extend([TokenTree::Ident(name), TokenTree::Group(Group::new(Delimiter::Brace, inside))]);
    out
}

/// The identifier after `fn`.
fn name_of(tokens: &[TokenTree]) -> Option<Ident> {
    let place = tokens.iter().position(|t| matches!(t, TokenTree::Ident(i) if i.to_string() == "fn"))?;
    match tokens.get(place.checked_add(1)?)? {
        TokenTree::Ident(name) => Some(name.clone()),
        _ => None,
    }
}

fn error(message: &str) -> TokenStream {
    format!("compile_error!({message:?});").parse().unwrap_or_default()
}
