//! Deciding: the rules in their order, the target as they rewrite it, and where that leads.

use super::rule::{Action, Conditions, Missed, Rewrite, Rule};
use super::template::{Values, escape_user};
use super::{Plan, UserPattern, number};
use crate::location::Domains;
use core::net::IpAddr;
use ringback_sip::flow::Transport;
use ringback_sip::syntax::{NameAddr, Scheme, Uri};
use ringback_sip::time::Instant;

/// What a plan is asked: all of a request that rules may look at.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The method as it came.
    pub method: &'a [u8],
    /// The target.
    pub uri: Uri<'a>,
    /// The URI in From.
    pub caller: Option<Uri<'a>>,
    /// Whether the caller has proven to be the user in From, or nobody must.
    pub is_proven: bool,
    /// The address that the request came from.
    pub source: IpAddr,
    /// The transport that it came over.
    pub transport: Transport,
    /// When.
    pub at: Instant,
}

/// Whom a request is for, as the rules left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanTarget {
    /// The user part, escapes resolved.
    pub user: Vec<u8>,
    /// The host in lower case; the main name when it is a domain of ours.
    pub domain: Vec<u8>,
    /// Whether a rule changed it.
    pub is_changed: bool,
}

/// What the plan says.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision<'p> {
    /// The rule that holds; without one, the request goes to whom the target names.
    pub rule: Option<&'p Rule>,
    /// The target now.
    pub target: PlanTarget,
    /// When no rule holds: the first one that leads somewhere and would hold if the number were longer.
    pub incomplete: Option<&'p Rule>,
    /// For [`Action::Redirect`]: the values of Contact, without those that name the target itself.
    pub contacts: Vec<Box<[u8]>>,
}

impl PlanTarget {
    /// The target that a URI names.
    pub fn of(uri: &Uri<'_>, domains: &Domains) -> Self {
        let (user, domain) = match uri.scheme {
            // Numbers are compared without what only makes them readable (RFC 3966 §4).
            Scheme::Tel => (uri.address_of_record(), number::context(uri)),
            _ => (uri.user_unescaped(), domain_of(uri, domains)),
        };
        PlanTarget { user, domain, is_changed: false }
    }

    /// Whether a rule gave a telephone number a host, which makes it the user of a SIP URI.
    pub fn is_rehosted(&self, was: &Uri<'_>) -> bool {
        self.is_changed && !self.domain.is_empty() && self.domain != number::context(was)
    }

    fn number_uri(&self, was: &Uri<'_>) -> Vec<u8> {
        let number = number::number_as_user(&self.user, was);
        if self.is_rehosted(was) {
            return [b"sip:", &number[..], b"@", &self.domain, b";user=phone"].concat();
        }
        let params = &was.raw[was.raw.iter().position(|&b| b == b';').unwrap_or(was.raw.len())..];
        let mut text = b"tel:".to_vec();
        escape_user(&self.user, &mut text);
        text.extend_from_slice(params);
        text
    }

    /// The URI of the target: that of the request with another user part and host. What belongs to the old host,
    /// its port and the parameters that say how to reach it, does not go to a new one.
    pub fn uri(&self, was: &Uri<'_>) -> Vec<u8> {
        if !self.is_changed {
            return was.raw.to_vec();
        }
        if was.scheme == Scheme::Tel {
            return self.number_uri(was);
        }
        let mut text = was.raw[..was.raw.iter().position(|&b| b == b':').map_or(0, |at| at + 1)].to_vec();
        if !self.user.is_empty() {
            escape_user(&self.user, &mut text);
            text.push(b'@');
        }
        if was.host.name().eq_ignore_ascii_case(&self.domain) {
            text.extend_from_slice(was.host.0);
            if let Some(port) = was.port {
                text.extend_from_slice(format!(":{port}").as_bytes());
            }
        } else {
            text.extend_from_slice(&self.domain);
        }
        const OF_THE_HOST: [&[u8]; 4] = [b"transport", b"maddr", b"ttl", b"lr"];
        was.params.write_if(
            |part| text.extend_from_slice(part),
            |name| !OF_THE_HOST.iter().any(|own| own.eq_ignore_ascii_case(name)),
        );
        text
    }
}

impl Plan {
    /// Decides about a request. `tell` hears of every rule that was tried, in order: that it holds, or the first
    /// of its conditions that does not.
    pub fn decide<'p>(
        &'p self,
        domains: &Domains,
        question: &Question<'_>,
        mut tell: impl FnMut(&'p Rule, Result<(), Missed>),
    ) -> Decision<'p> {
        let caller = question.caller.as_ref().map(|uri| PlanTarget::of(uri, domains));
        let minute = self.zone.minute_of_week(question.at);
        let mut target = PlanTarget::of(&question.uri, domains);
        let mut incomplete = None;
        for rule in &self.rules {
            let asked = Asked { question, caller: caller.as_ref(), minute, domains };
            let outcome = asked.holds(rule, &target);
            let tried = outcome.as_ref().map(|_| ()).map_err(|missed| *missed);
            tell(rule, tried);
            if tried == Err(Missed::User) && incomplete.is_none() && asked.wants_more(rule, &target) {
                incomplete = Some(rule);
            }
            let Ok(rewritten) = outcome else { continue };
            let before = core::mem::replace(&mut target, rewritten);
            if rule.action == Action::Continue {
                continue;
            }
            let contacts = contacts(rule, &before, &target, question);
            return Decision { rule: Some(rule), target, incomplete: None, contacts };
        }
        Decision { rule: None, target, incomplete, contacts: Vec::new() }
    }
}

/// A question with what is worked out once for all rules.
struct Asked<'a, 'q> {
    question: &'a Question<'q>,
    caller: Option<&'a PlanTarget>,
    minute: u16,
    domains: &'a Domains,
}

impl Asked<'_, '_> {
    /// The target as the rule rewrites it, when the rule holds.
    fn holds(&self, rule: &Rule, target: &PlanTarget) -> Result<PlanTarget, Missed> {
        self.meets(&rule.when, target, |pattern| pattern.matches(&target.user))?;
        self.rewritten(rule, target)
    }

    /// Whether the rule leads somewhere and would hold for a longer number.
    fn wants_more(&self, rule: &Rule, target: &PlanTarget) -> bool {
        let leads = matches!(rule.action, Action::Hops(_) | Action::Forward | Action::Redirect(_));
        leads
            && number::is_number(&target.user)
            && self.meets(&rule.when, target, |pattern| pattern.wants_more(&target.user)).is_ok()
            && self.rewritten(rule, target).is_ok()
    }

    fn rewritten(&self, rule: &Rule, target: &PlanTarget) -> Result<PlanTarget, Missed> {
        let rewritten = rewrite(&rule.rewrite, &rule.when.users, target, self.domains);
        let leads_out = match rule.action {
            Action::Hops(_) => true,
            Action::Forward => !is_ours(&rewritten.domain, self.domains),
            Action::Redirect(_) | Action::Reject(_) | Action::Continue => false,
        };
        if leads_out && !rule.is_open && !self.question.is_proven {
            return Err(Missed::Stranger);
        }
        Ok(rewritten)
    }

    fn meets(
        &self,
        when: &Conditions,
        target: &PlanTarget,
        has_user: impl Fn(&UserPattern) -> bool,
    ) -> Result<(), Missed> {
        let check = |holds: bool, missed: Missed| if holds { Ok(()) } else { Err(missed) };
        let method = |name: &str| name.as_bytes() == self.question.method;
        check(any(&when.methods, |name| method(name)), Missed::Method)?;
        check(any(&when.domains, |name| self.is_domain(name, &target.domain)), Missed::Domain)?;
        check(any(&when.users, &has_user), Missed::User)?;
        let caller = |f: &dyn Fn(&PlanTarget) -> bool| self.caller.is_some_and(f);
        check(
            any(&when.caller_domains, |name| caller(&|c| self.is_domain(name, &c.domain))),
            Missed::CallerDomain,
        )?;
        check(any(&when.caller_users, |p| caller(&|c| p.matches(&c.user))), Missed::CallerUser)?;
        check(any(&when.sources, |network| network.contains(self.question.source)), Missed::Source)?;
        check(any(&when.transports, |transport| *transport == self.question.transport), Missed::Transport)?;
        if when.hours.contains(self.minute) {
            return Ok(());
        }
        Err(if when.hours.has_day(self.minute) { Missed::Time } else { Missed::Day })
    }

    fn is_domain(&self, name: &str, domain: &[u8]) -> bool {
        let main = self.domains.main_of(&ringback_sip::syntax::Host(name.as_bytes()));
        main.map_or(name.as_bytes(), |main| main).eq_ignore_ascii_case(domain)
    }
}

/// Whether one of `list` holds; an empty list does.
fn any<T>(list: &[T], holds: impl FnMut(&T) -> bool) -> bool {
    list.is_empty() || list.iter().any(holds)
}

fn domain_of(uri: &Uri<'_>, domains: &Domains) -> Vec<u8> {
    domains.main_of(&uri.host).map_or_else(|| uri.host.name().to_ascii_lowercase(), |main| main.to_vec())
}

fn is_ours(domain: &[u8], domains: &Domains) -> bool {
    domains.main_of(&ringback_sip::syntax::Host(domain)).is_some()
}

fn rewrite(by: &Rewrite, patterns: &[UserPattern], target: &PlanTarget, domains: &Domains) -> PlanTarget {
    if by.is_nothing() {
        return target.clone();
    }
    let mut user = match &by.replace {
        Some(template) => {
            let groups = patterns.iter().find_map(|pattern| pattern.captures(&target.user));
            let values = Values { user: &target.user, domain: &target.domain, groups: groups.as_ref() };
            template.fill(&values, |part, text| text.extend_from_slice(part))
        }
        None => target.user.get(by.strip..).unwrap_or_default().to_vec(),
    };
    user.splice(0..0, by.prepend.bytes());
    let domain = match &by.domain {
        Some(name) => {
            let main = domains.main_of(&ringback_sip::syntax::Host(name.as_bytes()));
            main.map_or_else(|| name.as_bytes().to_ascii_lowercase(), |main| main.to_vec())
        }
        None => target.domain.clone(),
    };
    let is_changed = target.is_changed || user != target.user || domain != target.domain;
    PlanTarget { user, domain, is_changed }
}

/// The contacts of a rule that redirects, the places filled. One that names the target itself would send the caller
/// in a circle (RFC 3261 §8.3).
fn contacts(
    rule: &Rule,
    before: &PlanTarget,
    target: &PlanTarget,
    question: &Question<'_>,
) -> Vec<Box<[u8]>> {
    let Action::Redirect(redirect) = &rule.action else { return Vec::new() };
    let groups = rule.when.users.iter().find_map(|pattern| pattern.captures(&before.user));
    let values = Values { user: &target.user, domain: &target.domain, groups: groups.as_ref() };
    let filled = redirect.contacts.iter().map(|template| {
        let value = template.fill(&values, escape_user);
        // Parameters of a bare URI would be taken for the header field's (RFC 3261 §20.10).
        if value.contains(&b'<') { value } else { [b"<", &*value, b">"].concat() }
    });
    filled.filter(|value| !names(value, &question.uri)).map(Vec::into_boxed_slice).collect()
}

/// Whether a value of Contact names this URI.
fn names(value: &[u8], uri: &Uri<'_>) -> bool {
    let address = NameAddr::parse(ringback_sip::registry::HeaderName::CONTACT, value);
    address.ok().and_then(|a| Uri::parse(a.uri).ok()).is_some_and(|contact| contact.equals(uri))
}
