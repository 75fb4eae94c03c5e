//! Names to addresses (RFC 3263), on a thread of its own, so that no worker ever waits for a name server.
//!
//! What to ask and what an answer means is decided by [`Locate`]; here the questions are put to name servers, whose
//! answers are remembered for as long as they say, within bounds.

mod lookup;
mod settings;

pub use settings::ResolverSettings;

use lookup::Lookups;
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{Reach, ResolveError};
use ringback_sip::node::{ResolveQuery, Ticket};
use ringback_sip::transport::locate::{Locate, Located};
use std::io;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// A resolver thread; ends when the last [`Resolver`] handle is dropped.
#[derive(Clone)]
pub struct Resolver {
    questions: mpsc::Sender<Question>,
    seed: Seed,
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Resolver")
    }
}

/// Where an answer goes.
pub(crate) trait ResolvedBox: Send + Sync {
    fn resolved(&self, ticket: Ticket, located: Located);
}

struct Question {
    ticket: Ticket,
    search: Locate,
    asker: Arc<dyn ResolvedBox>,
}

impl Resolver {
    /// Starts a resolver. `seed` decides among servers of equal rank.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(settings: ResolverSettings, seed: Seed) -> io::Result<Resolver> {
        let (questions, inbox) = mpsc::channel(QUESTIONS_MAX);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new()
            .name("resolver".to_owned())
            .spawn(move || runtime.block_on(serve(inbox, settings)))?;
        Ok(Resolver { questions, seed })
    }

    /// Asks; the answer comes to `asker`, now if the name servers need not be asked or too many questions are open.
    pub(crate) fn ask(
        &self,
        ticket: Ticket,
        query: ResolveQuery,
        reach: Reach,
        asker: &Arc<dyn ResolvedBox>,
    ) {
        let mut search = Locate::new(query, reach, self.seed);
        if search.poll().is_none() {
            return asker.resolved(ticket, search.finish());
        }
        let question = Question { ticket, search, asker: Arc::clone(asker) };
        if let Err(refused) = self.questions.try_send(question) {
            refuse(refused.into_inner());
        }
    }

    /// Searches, and waits for the end of the search.
    pub fn locate(&self, query: ResolveQuery, reach: Reach) -> Located {
        let (tell, told) = std::sync::mpsc::sync_channel(1);
        self.ask(Ticket(0), query, reach, &(Arc::new(Single(tell)) as Arc<dyn ResolvedBox>));
        told.recv().unwrap_or_else(|_| unavailable())
    }
}

/// Somebody who asks once and waits.
struct Single(std::sync::mpsc::SyncSender<Located>);

impl ResolvedBox for Single {
    fn resolved(&self, _: Ticket, located: Located) {
        // Who asked has gone only if it stopped waiting.
        let _ = self.0.try_send(located);
    }
}

/// The answer of nobody.
pub(crate) fn unavailable() -> Located {
    Located { found: Err(ResolveError::Unavailable), steps: Box::default() }
}

fn refuse(question: Question) {
    question.asker.resolved(question.ticket, unavailable());
}

async fn serve(mut inbox: mpsc::Receiver<Question>, settings: ResolverSettings) {
    let lookups = Lookups::new(&settings).map(Arc::new);
    let open = Arc::new(tokio::sync::Semaphore::new(QUESTIONS_MAX));
    while let Some(mut question) = inbox.recv().await {
        let Some(lookups) = lookups.clone() else {
            refuse(question);
            continue;
        };
        let Ok(permit) = Arc::clone(&open).try_acquire_owned() else {
            refuse(question);
            continue;
        };
        let end = Instant::now() + settings.search_time_max;
        tokio::spawn(async move {
            while let Some(next) = question.search.poll() {
                let Ok(answer) = tokio::time::timeout_at(end, lookups.look_up(&next)).await else { break };
                question.search.handle(answer);
            }
            question.asker.resolved(question.ticket, question.search.finish());
            drop(permit);
        });
    }
}

/// Most questions that are open at once.
const QUESTIONS_MAX: usize = 256;

#[cfg(test)]
mod tests;
