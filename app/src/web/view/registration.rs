//! Users and their phones; a user with its history.

use super::frame::Frame;
use super::written;
use crate::web::model::{Contact, Registration, RegistrationList};
use askama::Template;

#[derive(Template)]
#[template(path = "registrations.html")]
struct Registrations<'a> {
    f: &'a Frame<'a>,
    title: String,
    user: &'a str,
    list: &'a RegistrationList,
}

/// The page of registrations, of users with these letters in their names.
pub(crate) fn registrations(f: &Frame<'_>, user: &str, list: &RegistrationList) -> String {
    written(&Registrations { f, title: f.say("registrations"), user, list })
}

#[derive(Template)]
#[template(path = "registration.html")]
struct User<'a> {
    f: &'a Frame<'a>,
    title: String,
    page: &'a Registration,
}

/// The page of a user: why it cannot register, or not be called.
pub(crate) fn registration(f: &Frame<'_>, page: &Registration) -> String {
    written(&User { f, title: page.story.user.clone(), page })
}

impl Registrations<'_> {
    fn age(&self, contact: &Contact) -> String {
        age(self.f, contact)
    }
}

impl User<'_> {
    fn age(&self, contact: &Contact) -> String {
        age(self.f, contact)
    }

    fn class(&self) -> &'static str {
        match (self.page.contacts.is_empty(), self.page.story.state.is_some()) {
            (false, _) => "good",
            (true, true) => "fault",
            (true, false) => "unknown",
        }
    }
}

fn age(f: &Frame<'_>, contact: &Contact) -> String {
    let age = contact.age_seconds.map(|age| f.length(&(age as f64)));
    age.map(|age| f.fill("age-ago", &[("age", &age)])).unwrap_or_default()
}
