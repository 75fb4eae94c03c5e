//! A dialog as its messages show it.

/// A dialog that an INVITE or a SUBSCRIBE made. Numbers are places in [`super::Call::messages`].
#[derive(Clone, Debug)]
pub struct Dialog {
    /// The tag of the side that sent the request.
    pub caller_tag: Box<[u8]>,
    /// The tag of the side that answered.
    pub callee_tag: Box<[u8]>,
    /// The first response with its tag.
    pub began: usize,
    /// The first 2xx.
    pub confirmed: Option<usize>,
    /// The route set of the caller, in the order in which its requests pass: Record-Route of the response, turned round
    /// (RFC 3261 §12.1.2).
    pub route_set: Vec<String>,
    /// The Contact of the caller, from the request.
    pub caller_target: Option<String>,
    /// The Contact of the callee, from the response.
    pub callee_target: Option<String>,
    /// Requests inside the dialog, copies included.
    pub requests: Vec<usize>,
}
