//! What stands between the network and the handlers: who asks, forms and their forgery check, refusals, headers, live updates.

pub mod cookie;
pub mod form;
pub mod live;
pub mod middleware;
pub mod problem;
pub mod seal;
pub mod shield;
pub mod upload;
pub mod visitor;

pub use form::PostForm;
pub use problem::Refused;
pub use upload::MultipartForm;
pub use visitor::Visitor;
