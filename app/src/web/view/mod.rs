//! The pages of the console: from what they show to HTML. One file a page; its template stands in `pages/`, and askama
//! checks it when the binary is built. Everything that a page says of itself is a text of the catalogue (`console.ftl`);
//! what peers wrote is escaped by askama.

mod ban;
mod call;
mod calls;
mod capture;
mod code;
mod frame;
mod overview;
mod plain;
mod plot;
mod registration;
mod route;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use ban::bans;
pub(crate) use call::call;
pub(crate) use calls::calls;
pub(crate) use capture::capture;
pub(crate) use code::{code, codes};
pub(crate) use frame::{Frame, Notice, Place};
pub(crate) use overview::overview;
pub(crate) use plain::{fault, sign_in};
pub(crate) use registration::{registration, registrations};
pub(crate) use route::routes;
pub(crate) use text::encoded;

/// The page as text.
fn written(page: &impl askama::Template) -> String {
    // Writing to a String cannot fail.
    page.render().unwrap_or_default()
}
