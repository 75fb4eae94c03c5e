//! The user agent behind the commands: driver, options, and what is printed.

mod device;
mod mask;
mod news;
mod options;
mod report;
mod run;
mod tap;
mod verdict;

pub(crate) use device::Phone;
pub(crate) use news::News;
pub(crate) use options::{Options, duration, sip_uri};
pub(crate) use report::Reporter;
pub(crate) use run::with_phone;
pub(crate) use verdict::{exit_of_outcome, words_of_outcome};
