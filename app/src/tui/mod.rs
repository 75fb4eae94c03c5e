//! The terminal's console: a pure state that keys change, a drawing of it, and the loop that ties both to a terminal.

mod draw;
mod key;
mod merge;
mod panes;
mod sheet;
mod state;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use sheet::{CallSheet, Sent, Tone, why_lines};
pub(crate) use state::{News, State};

use draw::draw;
use key::Key;
use ratatui::crossterm::event::{self, Event};
use state::Wish;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

/// Writes calls into a new file of this name, and counts their messages.
pub(crate) type Save<'a> = dyn Fn(&str, &[Arc<CallSheet>]) -> io::Result<u64> + 'a;

/// Shows what comes until the person has seen enough, or `is_ended` says that the process is told to end.
///
/// # Errors
/// That of the terminal, or when what reads the calls broke down.
pub(crate) fn run(
    mut state: State,
    news: &Receiver<News>,
    save: &Save<'_>,
    is_ended: &AtomicBool,
) -> io::Result<()> {
    let _restored = Restored;
    // This also makes a panic give the terminal back before it is told.
    let mut terminal = ratatui::try_init()?;
    let (mut is_complete, mut is_stale) = (false, true);
    loop {
        match news.try_recv() {
            Ok(news) => {
                is_complete = matches!(news, News::Fault(_) | News::Calls { is_complete: true, .. });
                is_stale = true;
                state.take(news);
                continue;
            }
            Err(TryRecvError::Disconnected) if !is_complete => {
                return Err(io::Error::other("reading ended before its time"));
            }
            Err(_) => {}
        }
        if is_stale {
            let size = terminal.size()?;
            state.resize(size.width, size.height);
            terminal.draw(|frame| draw(&state, frame))?;
            is_stale = false;
        }
        if is_ended.load(Ordering::Relaxed) {
            return Ok(());
        }
        if !event::poll(PATIENCE)? {
            continue;
        }
        is_stale = true;
        let Event::Key(event) = event::read()? else { continue };
        match Key::from_event(&event).map(|key| state.handle(key)) {
            Some(Wish::Quit) => return Ok(()),
            Some(Wish::Save { file, calls }) => {
                let said = match save(&file, &calls) {
                    Ok(count) => format!("{count} {} {file}", state.label("tui-saved")),
                    Err(error) => format!("{} {file}: {error}", state.label("tui-not-saved")),
                };
                state.say(said);
            }
            Some(Wish::Nothing) | None => {}
        }
    }
}

/// Gives the terminal back, however it ends.
struct Restored;

impl Drop for Restored {
    fn drop(&mut self) {
        // After a panic that has been done; once more would put the cursor over its message.
        if !std::thread::panicking() {
            ratatui::restore();
        }
    }
}

/// How long to wait for a key before looking at what came in.
const PATIENCE: Duration = Duration::from_millis(200);
