//! What a raw peer says.

use super::net::*;

/// A session description with audio at a raw peer.
pub(super) const SDP: &str = "v=0\r\no=- 7 1 IN IP4 192.0.2.17\r\ns=-\r\nc=IN IP4 192.0.2.17\r\nt=0 0\r\n\
    m=audio 7000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";

/// A response to a request of an agent, with a Contact of the raw peer.
pub(super) fn reply(request: &Packet, status: &str, tag: &str, rows: &str, body: &str) -> String {
    let row = |name| format!("{name}: {}\r\n", request.header(name));
    let to = request.header("To");
    let tag = if tag.is_empty() || to.contains(";tag=") { String::new() } else { format!(";tag={tag}") };
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    let contact = if rows.contains("Contact:") { "" } else { "Contact: <sip:raw@192.0.2.17:5060>\r\n" };
    format!(
        "SIP/2.0 {status}\r\n{}{}To: {to}{tag}\r\n{}{}{contact}{rows}{kind}Content-Length: {}\r\n\r\n{body}",
        row("Via"),
        row("From"),
        row("Call-ID"),
        row("CSeq"),
        body.len()
    )
}

/// A raw peer that calls bob.
pub(super) struct Caller {
    pub(super) call_id: &'static str,
    pub(super) tag: &'static str,
    /// Bob's tag, once known.
    pub(super) to_tag: String,
    branches: u32,
}

impl Caller {
    pub(super) fn new(call_id: &'static str) -> Self {
        Caller { call_id, tag: "raw", to_tag: String::new(), branches: 0 }
    }

    /// A new request.
    pub(super) fn request(&mut self, method: &str, cseq: u32, rows: &str, body: &str) -> String {
        self.branches += 1;
        self.on_branch(self.branches, method, cseq, rows, body)
    }

    /// A request with the branch of another: a copy, or a CANCEL.
    pub(super) fn on_branch(&self, branch: u32, method: &str, cseq: u32, rows: &str, body: &str) -> String {
        let kind = match method {
            _ if body.is_empty() || rows.contains("Content-Type") => "",
            _ => "Content-Type: application/sdp\r\n",
        };
        let to_tag = if self.to_tag.is_empty() { String::new() } else { format!(";tag={}", self.to_tag) };
        let contact = if rows.contains("Contact:") { "" } else { "Contact: <sip:raw@192.0.2.17:5060>\r\n" };
        format!(
            "{method} sip:bob@192.0.2.11 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.17:5060;branch=z9hG4bK{}{branch}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:raw@192.0.2.17>;tag={}\r\nTo: <sip:bob@192.0.2.11>{to_tag}\r\n\
             Call-ID: {}\r\nCSeq: {cseq} {method}\r\n{contact}{rows}{kind}Content-Length: {}\r\n\r\n{body}",
            self.call_id,
            self.tag,
            self.call_id,
            body.len()
        )
    }

    /// Takes bob's tag from what he sent last.
    pub(super) fn learn(&mut self, net: &Net) {
        let to = net.log.last().unwrap().header("To");
        self.to_tag = to.split(";tag=").nth(1).unwrap_or_default().to_owned();
    }

    /// Sends a request; what bob sends at once.
    pub(super) fn send(
        &mut self,
        net: &mut Net,
        method: &str,
        cseq: u32,
        rows: &str,
        body: &str,
    ) -> Vec<Packet> {
        let text = self.request(method, cseq, rows, body);
        let before = net.log.len();
        net.inject(RAW, BOB, &text);
        net.log[before..].to_vec()
    }

    /// Calls bob, who answers; without the ACK.
    pub(super) fn answered(net: &mut Net, offer: &str) -> Self {
        let mut raw = Caller::new("c1");
        raw.send(net, "INVITE", 1, "", offer);
        net.answer(TAKEN);
        raw.learn(net);
        assert!(net.log.last().unwrap().is("SIP/2.0 200"));
        raw
    }

    /// Calls bob, who answers; the call stands.
    pub(super) fn established(net: &mut Net) -> Self {
        let mut raw = Self::answered(net, SDP);
        raw.send(net, "ACK", 1, "", "");
        net.log.clear();
        net.events[BOB].clear();
        raw
    }
}
