//! The dial plan of a file: its tables become rules, and what only shows when they are seen together is judged.

use super::bad_code::BadCode;
use super::document::{Document, Found, Table, Value};
use super::fault::{Fault, FaultKind};
use super::words;
use ringback_roles::location::Aor;
use ringback_roles::routing::plan::{
    Action, CodeFault, Conditions, HopGroup, HopTarget, Hours, Plan, Probe, RULES_MAX, Redirect, Reject,
    Rewrite, Rule, Standing, Template, UserPattern, UserState,
};
use ringback_sip::flow::Transport;
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::syntax::{NameAddr, Uri};
use std::ops::Range;
use std::time::Duration;

/// Makes the plan of a document whose values are each good.
pub(super) fn build(document: &Document, text: &str, domains: &[String], faults: &mut Vec<Fault>) -> Plan {
    let mut building = Building { text, faults, plan: Plan::default() };
    for table in document.tables("hop") {
        building.add_hops(table);
    }
    let hops: Vec<&Table> = document.tables("hop").iter().collect();
    building.find_twice(&hops);
    let rules: Vec<&Table> = document.tables("route").iter().collect();
    for table in &rules {
        building.add_rule(table, &hops);
    }
    building.find_twice(&rules);
    for table in document.tables("user") {
        building.add_user(table, domains);
    }
    if rules.iter().any(|table| table.find("hours").is_some() || table.find("days").is_some()) {
        building.plan.zone = words::zone(document.find("", "timezone").and_then(Found::text));
    }
    if building.faults.is_empty() {
        building.find_unreachable(&rules);
    }
    building.plan
}

struct Building<'a> {
    text: &'a str,
    faults: &'a mut Vec<Fault>,
    plan: Plan,
}

impl Building<'_> {
    fn note(&mut self, kind: FaultKind, at: Range<usize>) {
        self.faults.push(Fault { kind, at, see: None });
    }

    fn line(&self, at: &Range<usize>) -> u32 {
        let before = self.text.get(..at.start).unwrap_or_default();
        before.matches('\n').count() as u32 + 1
    }

    /// Two tables of one name: which one is meant by it?
    fn find_twice(&mut self, tables: &[&Table]) {
        for (place, table) in tables.iter().enumerate() {
            let Some(name) = table.find("name") else { continue };
            let first = tables[..place].iter().filter_map(|t| t.find("name")).find(|f| f.value == name.value);
            if let Some(first) = first {
                let kind = FaultKind::Twice { text: name.text().unwrap_or_default().to_owned() };
                self.faults.push(Fault { kind, at: name.at.clone(), see: Some(first.at.clone()) });
            }
        }
    }

    fn add_hops(&mut self, table: &Table) {
        let mut targets = Vec::new();
        if let Some(Value::Tables(rows)) = table.find("targets").map(|found| &found.value) {
            for row in rows {
                let Some(uri) = row.text("uri") else { continue };
                let number =
                    |name: &str, or: u64| u16::try_from(row.count(name).unwrap_or(or)).unwrap_or(u16::MAX);
                targets.push(HopTarget {
                    uri: uri.into(),
                    weight: number("weight", 1),
                    priority: number("priority", 10),
                });
            }
        }
        if targets.len() > ringback_roles::proxy::BRANCHES_MAX
            && let Some(found) = table.find("targets")
        {
            let most = ringback_roles::proxy::BRANCHES_MAX;
            self.note(FaultKind::TooMany { what: "next hops", most }, found.at.clone());
        }
        let number = |name: &str, or: u64| u32::try_from(table.count(name).unwrap_or(or)).unwrap_or(u32::MAX);
        let probe = table.time("probe").map(|period| Probe {
            period,
            failures: number("probe_failures", 3),
            successes: number("probe_successes", 2),
        });
        let name = table.text("name").unwrap_or_default().into();
        self.plan.hops.push(HopGroup { name, line: self.line(&table.at), targets, probe });
    }

    fn add_rule(&mut self, table: &Table, hops: &[&Table]) {
        let when = conditions(table);
        let Some(action) = self.action(table, hops, &when.users) else { return };
        let rewrite = self.rewrite(table, &when.users);
        if self.plan.rules.len() == RULES_MAX {
            return self.note(FaultKind::TooMany { what: "routes", most: RULES_MAX }, table.at.clone());
        }
        self.plan.rules.push(Rule {
            name: table.text("name").unwrap_or_default().into(),
            line: self.line(&table.at),
            when,
            is_open: table.flag("open"),
            rewrite,
            action,
        });
    }

    fn rewrite(&mut self, table: &Table, patterns: &[UserPattern]) -> Rewrite {
        if let (Some(strip), Some(replace)) = (table.find("strip"), table.find("replace")) {
            let kind = FaultKind::Conflict { name: "strip", other: "replace" };
            self.faults.push(Fault { kind, at: strip.at.clone(), see: Some(replace.at.clone()) });
        }
        Rewrite {
            strip: table.count("strip").map_or(0, |count| count as usize),
            replace: table.find("replace").and_then(|found| self.template(found, patterns)),
            prepend: table.text("prepend").unwrap_or_default().into(),
            domain: table.text("set_domain").map(Into::into),
        }
    }

    fn template(&mut self, found: &Found, patterns: &[UserPattern]) -> Option<Template> {
        let template = Template::parse(found.text()?).ok()?;
        if let Some(group) = template.unknown_group(patterns) {
            let kind = FaultKind::UnknownGroup { name: group.to_owned() };
            self.note(kind, found.at.clone());
        }
        Some(template)
    }

    fn action(&mut self, table: &Table, hops: &[&Table], patterns: &[UserPattern]) -> Option<Action> {
        let action = table.find("action")?;
        let name = action.text()?;
        self.find_misplaced(table, name);
        match name {
            "forward" => Some(Action::Forward),
            "continue" => Some(Action::Continue),
            "hop" => {
                let group = self.needed(table, "hop", "hop")?;
                let place = hops.iter().position(|hop| hop.text("name") == group.text());
                if place.is_none() {
                    let known = hops.iter().filter_map(|hop| hop.text("name")).map(str::to_owned).collect();
                    let name = group.text()?.to_owned();
                    self.note(FaultKind::UnknownHop { name, known }, group.at.clone());
                }
                place.map(Action::Hops)
            }
            "redirect" => self.redirect(table, patterns),
            _ => self.reject(table),
        }
    }

    /// A key that its action needs.
    fn needed<'t>(
        &mut self,
        table: &'t Table,
        name: &'static str,
        action: &'static str,
    ) -> Option<&'t Found> {
        let found = table.find(name);
        if found.is_none() && !self.has_fault(table) {
            self.note(FaultKind::MissingForAction { name, action }, table.at.clone());
        }
        found
    }

    /// Whether something in this table is wrong already, so that a key that seems absent may only be wrong.
    fn has_fault(&self, table: &Table) -> bool {
        self.faults.iter().any(|fault| within(&fault.at, table, self.text))
    }

    /// Keys that mean nothing with this action.
    fn find_misplaced(&mut self, table: &Table, action: &str) {
        const OF_ACTIONS: [(&str, &[&str]); 6] = [
            ("hop", &["hop"]),
            ("contacts", &["redirect"]),
            ("code", &["redirect", "reject"]),
            ("reason", &["reject"]),
            ("retry_after", &["reject"]),
            ("warning", &["reject"]),
        ];
        for (name, found) in table.names() {
            let row = OF_ACTIONS.iter().find(|row| row.0 == name);
            if let Some((_, actions)) = row.filter(|row| !row.1.contains(&action)) {
                let kind = FaultKind::Misplaced { name, action: action.to_owned(), actions };
                self.note(kind, found.at.clone());
            }
        }
    }

    fn redirect(&mut self, table: &Table, patterns: &[UserPattern]) -> Option<Action> {
        let code = table.count("code").unwrap_or(302);
        if ![300, 301, 302].contains(&code)
            && let Some(found) = table.find("code")
        {
            let why = if code == 305 { BadCode::UserAgentOnly } else { BadCode::NotARedirection };
            self.note(FaultKind::BadCode { code, why }, found.at.clone());
        }
        let contacts = self.needed(table, "contacts", "redirect")?;
        let Value::List(list) = &contacts.value else { return None };
        let mut templates = Vec::new();
        for item in list {
            let template = self.template(item, patterns)?;
            if !is_contact(&template.sample()) {
                let text = item.text().unwrap_or_default().to_owned();
                self.note(FaultKind::NotAUri { text, meant: None }, item.at.clone());
            }
            templates.push(template);
        }
        let status = StatusCode::new(u16::try_from(code).ok()?)?;
        Some(Action::Redirect(Redirect { status, contacts: templates.into() }))
    }

    fn reject(&mut self, table: &Table) -> Option<Action> {
        let found = self.needed(table, "code", "reject")?;
        let code = table.count("code")?;
        let status = StatusCode::new(u16::try_from(code).ok()?)?;
        let retry_after = table.find("retry_after");
        if let Err(fault) = Reject::check(status, retry_after.is_some()) {
            let at = if fault == CodeFault::RetryAfter { retry_after.unwrap_or(found) } else { found };
            let why = match fault {
                CodeFault::NotARefusal => BadCode::NotARefusal,
                CodeFault::Fields => BadCode::Fields,
                CodeFault::Meaning => BadCode::Meaning,
                CodeFault::RetryAfter => BadCode::RetryAfter,
            };
            self.note(FaultKind::BadCode { code, why }, at.at.clone());
        }
        let secs = table.time("retry_after").map(|time| u32::try_from(time.as_secs()).unwrap_or(u32::MAX));
        Some(Action::Reject(Reject {
            status,
            phrase: table.text("reason").map(Into::into),
            retry_after_secs: secs,
            warning: table.text("warning").map(Into::into),
        }))
    }

    fn add_user(&mut self, table: &Table, domains: &[String]) {
        let Some(name) = table.find("name") else { return };
        let Some(aor) = name.text().and_then(|text| account(text, domains)) else {
            let text = name.text().unwrap_or_default().to_owned();
            return self.note(FaultKind::NotAUser { text, domains: domains.to_vec() }, name.at.clone());
        };
        let mut standings = Vec::new();
        if table.flag("gone") {
            standings.push(("gone", Standing::Gone));
        }
        if let Some(uri) = table.text("moved") {
            standings.push(("moved", Standing::Moved(uri.into())));
        }
        if let Some(uri) = table.text("away") {
            let secs = table.time("away_for").map(|time| u32::try_from(time.as_secs()).unwrap_or(u32::MAX));
            standings.push(("away", Standing::Away(uri.into(), secs)));
        }
        if let Some(Value::List(list)) = table.find("instead").map(|found| &found.value) {
            let uris = list.iter().filter_map(|item| item.text()).map(Into::into).collect();
            standings.push(("instead", Standing::Instead(uris)));
        }
        if let Some(Value::List(list)) = table.find("several").map(|found| &found.value) {
            let uris = list.iter().filter_map(|item| item.text()).map(Into::into).collect();
            standings.push(("several", Standing::Several(uris, table.flag("tell"))));
        }
        if let [(name, _), (other, _), ..] = standings.as_slice()
            && let (Some(at), Some(see)) = (table.find(other), table.find(name))
        {
            let kind = FaultKind::Conflict { name: other, other: name };
            return self.faults.push(Fault { kind, at: at.at.clone(), see: Some(see.at.clone()) });
        }
        let Some((_, standing)) = standings.pop() else {
            if !self.has_fault(table) {
                self.note(FaultKind::NoState, table.at.clone());
            }
            return;
        };
        let state = UserState { line: self.line(&table.at), standing };
        if self.plan.users.insert(aor.clone(), state).is_some() {
            self.note(FaultKind::Twice { text: aor.to_string() }, name.at.clone());
        }
    }

    fn find_unreachable(&mut self, tables: &[&Table]) {
        for (later, earlier) in self.plan.shadowed() {
            let name = self.plan.rules[earlier].name.to_string();
            if let (Some(at), Some(see)) = (tables.get(later), tables.get(earlier)) {
                let kind = FaultKind::Unreachable { by: name };
                self.faults.push(Fault { kind, at: at.at.clone(), see: Some(see.at.clone()) });
            }
        }
    }
}

fn conditions(table: &Table) -> Conditions {
    let list = |name: &str| -> Vec<Box<str>> { table.list(name).map(Into::into).collect() };
    let users = |exact: &str, prefix: &str, pattern: &str| -> Vec<UserPattern> {
        let exact = table.list(exact).map(|text| UserPattern::Exact(text.into()));
        let prefix = table.list(prefix).map(|text| UserPattern::Prefix(text.into()));
        let patterns = table.list(pattern).filter_map(|text| UserPattern::expression(text).ok());
        exact.chain(prefix).chain(patterns).collect()
    };
    let mut days = [table.find("days").is_none(); 7];
    for some in table.list("days").filter_map(words::days) {
        for (day, more) in days.iter_mut().zip(some) {
            *day |= more;
        }
    }
    Conditions {
        methods: list("methods"),
        domains: list("domains"),
        users: users("users", "prefixes", "patterns"),
        caller_domains: list("caller_domains"),
        caller_users: users("caller_users", "caller_prefixes", "caller_patterns"),
        sources: table.list("sources").filter_map(|text| text.parse().ok()).collect(),
        transports: table
            .list("transports")
            .filter_map(|text| Transport::from_name(text.as_bytes()))
            .collect(),
        hours: Hours::new(days, table.list("hours").filter_map(words::hours).collect()),
    }
}

/// The account of `dora` or `dora@example.test`, when it is in one of the domains.
pub(super) fn account(text: &str, domains: &[String]) -> Option<Aor> {
    let (user, domain) = match text.rsplit_once('@') {
        Some((user, domain)) => (user, domain.to_ascii_lowercase()),
        None => (text, domains.first()?.clone()),
    };
    let good = !user.is_empty() && !user.contains([':', ' ', '<', '>', '"']) && domains.contains(&domain);
    good.then(|| Aor::from_canonical(format!("{user}@{domain}").as_bytes()))
}

/// Whether a text can stand in a Contact header field.
fn is_contact(text: &str) -> bool {
    let text = if text.contains('<') { text.to_owned() } else { format!("<{text}>") };
    NameAddr::parse(HeaderName::CONTACT, text.as_bytes()).is_ok_and(|a| Uri::parse(a.uri).is_ok())
}

/// Whether a place lies between the beginning of this table and that of the next one.
fn within(at: &Range<usize>, table: &Table, text: &str) -> bool {
    let end =
        text.get(table.at.end..).and_then(|rest| rest.find("\n[")).map_or(text.len(), |n| table.at.end + n);
    (table.at.start..end).contains(&at.start)
}

impl Found {
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Table {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.find(name)?.text()
    }

    fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        let list = match self.find(name).map(|found| &found.value) {
            Some(Value::List(list)) => list.as_slice(),
            _ => &[],
        };
        list.iter().filter_map(Found::text)
    }

    fn count(&self, name: &str) -> Option<u64> {
        match self.find(name)?.value {
            Value::Count(count) => Some(count),
            _ => None,
        }
    }

    fn time(&self, name: &str) -> Option<Duration> {
        match self.find(name)?.value {
            Value::Time(time) => Some(time),
            _ => None,
        }
    }

    fn flag(&self, name: &str) -> bool {
        matches!(self.find(name).map(|found| &found.value), Some(Value::Flag(true)))
    }
}
