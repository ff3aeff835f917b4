//! Batches of places on all cores, their events in the order of the places.
//!
//! The calling thread deals out batches, tells their events in order, and works on a batch itself as long as
//! the next events are not there. A worker that is ahead waits until its channel is drained, so memory is
//! bounded by the number of batches in flight, not by the input.

use super::Event;
use crate::cores;
use crate::error::Result;
use crate::input::Place;
use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use std::collections::VecDeque;

/// Batches in flight per thread.
const AHEAD: usize = 8;
/// Events that are handed over together.
const EVENTS: usize = 32;
/// Most events that the calling thread keeps of a batch whose turn has not come.
const MOST_KEPT: usize = 2 * EVENTS;

/// What is done with the places of a batch: each event is handed on as it is known.
pub(super) type Work<'w> = dyn Fn(&[Place], &mut dyn FnMut(Event)) + Sync + 'w;

/// Does `work` on all `places`, `size` of them together, with that many `threads`, and hands the events to
/// `sink` in the order of the places.
///
/// # Errors
///
/// The first error that `sink` returns; the rest of the places is then left alone.
pub(super) fn run(
    places: impl Iterator<Item = Place>,
    size: usize,
    threads: usize,
    work: &Work<'_>,
    sink: &mut dyn FnMut(Event) -> Result<()>,
) -> Result<()> {
    let in_flight = threads * AHEAD;
    let (tasks, queue) = bounded(in_flight);
    std::thread::scope(|scope| {
        for _ in 1..threads {
            let queue = queue.clone();
            scope.spawn(move || queue.into_iter().for_each(|task| do_task(&task, work)));
        }
        if threads > 1 {
            cores::make_way();
        }
        // the tasks end with it, and the workers, for whom the scope waits, with the tasks
        let mut dealer = Dealer {
            places,
            size,
            in_flight,
            tasks: Some(tasks),
            queue,
            waiting: VecDeque::with_capacity(in_flight),
            told: 0,
            sink,
        };
        dealer.run(work)
    })
}

/// A batch that is to be worked on.
struct Task {
    /// How many were dealt out before.
    number: usize,
    places: Vec<Place>,
    events: Sender<Vec<Event>>,
}

/// Does a task on a thread of its own.
fn do_task(task: &Task, work: &Work<'_>) {
    let mut events = Vec::new();
    // A receiver that is gone means that the run was ended: the rest is not wanted.
    let hand_over = |events: &mut Vec<Event>| drop(task.events.send(std::mem::take(events)));
    work(&task.places, &mut |event| {
        events.push(event);
        if events.len() >= EVENTS {
            hand_over(&mut events);
        }
    });
    // A hand-over for nothing could wait for the batches before this one.
    if !events.is_empty() {
        hand_over(&mut events);
    }
}

/// The events of a batch.
enum Events {
    /// They come from a worker.
    Coming(Receiver<Vec<Event>>),
    /// All are here.
    Kept(Vec<Event>),
}

/// Deals out batches and tells their events.
struct Dealer<'s, P> {
    places: P,
    size: usize,
    in_flight: usize,
    /// Where tasks go to; `None` when no place is left.
    tasks: Option<Sender<Task>>,
    queue: Receiver<Task>,
    /// The batches whose events are not all told, in order.
    waiting: VecDeque<Events>,
    /// Batches whose events are all told.
    told: usize,
    sink: &'s mut dyn FnMut(Event) -> Result<()>,
}

impl<P: Iterator<Item = Place>> Dealer<'_, P> {
    fn run(&mut self, work: &Work<'_>) -> Result<()> {
        loop {
            self.deal();
            match self.waiting.front() {
                None => return Ok(()),
                Some(Events::Kept(_)) => self.tell_next()?,
                Some(Events::Coming(events)) => match events.try_recv() {
                    Ok(events) => self.tell(events)?,
                    Err(TryRecvError::Disconnected) => self.next(),
                    Err(TryRecvError::Empty) => match self.queue.try_recv() {
                        Ok(task) => self.help(task, work)?,
                        Err(_) => self.tell_next()?,
                    },
                },
            }
        }
    }

    /// Deals out batches as far as the places go and as many as may be in flight.
    fn deal(&mut self) {
        while let Some(tasks) = &self.tasks
            && self.waiting.len() < self.in_flight
        {
            let number = self.told + self.waiting.len();
            // The first batches are small, so that a handful of files is spread over all cores.
            let size = if number < self.in_flight { 1 } else { self.size };
            let places: Vec<Place> = self.places.by_ref().take(size).collect();
            if places.is_empty() {
                self.tasks = None;
                return;
            }
            let (events, coming) = bounded(2);
            if tasks.send(Task { number, places, events }).is_ok() {
                self.waiting.push_back(Events::Coming(coming));
            }
        }
    }

    /// Works on a batch. Its events are kept until their turn comes, which is hastened if they are many.
    fn help(&mut self, task: Task, work: &Work<'_>) -> Result<()> {
        let Task { number, places, events } = task;
        drop(events);
        let (mut kept, mut outcome) = (Vec::new(), Ok(()));
        work(&places, &mut |event| {
            if outcome.is_err() {
                return;
            }
            kept.push(event);
            if kept.len() >= MOST_KEPT {
                let events = std::mem::take(&mut kept);
                outcome = self.tell_those_before(number).and_then(|()| self.tell(events));
            }
        });
        outcome?;
        match number - self.told {
            0 => {
                self.next();
                self.tell(kept)
            }
            place => {
                self.waiting[place] = Events::Kept(kept);
                Ok(())
            }
        }
    }

    /// Tells the events of all batches before that one.
    fn tell_those_before(&mut self, number: usize) -> Result<()> {
        while self.told < number {
            self.tell_next()?;
        }
        Ok(())
    }

    /// Tells the next events, when they are there.
    fn tell_next(&mut self) -> Result<()> {
        match self.waiting.front_mut() {
            None => Ok(()),
            Some(Events::Kept(events)) => {
                let events = std::mem::take(events);
                self.next();
                self.tell(events)
            }
            Some(Events::Coming(events)) => match events.recv() {
                Ok(events) => self.tell(events),
                Err(_) => {
                    self.next();
                    Ok(())
                }
            },
        }
    }

    /// Goes on to the next batch.
    fn next(&mut self) {
        self.waiting.pop_front();
        self.told += 1;
    }

    fn tell(&mut self, events: Vec<Event>) -> Result<()> {
        events.into_iter().try_for_each(&mut *self.sink)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::input::Ignored;
    use proptest::prelude::*;
    use std::path::PathBuf;

    /// As many events as the place's name says, each with that name and its own number.
    fn work(places: &[Place], tell: &mut dyn FnMut(Event)) {
        for place in places {
            let label = place.label();
            let count: usize = label.rsplit('-').next().unwrap().parse().unwrap();
            for number in 0..count {
                let reason = number.to_string();
                tell(Event::Ignored(Ignored { label: label.clone(), reason }));
            }
        }
    }

    fn told(event: Event) -> String {
        match event {
            Event::Ignored(ignored) => format!("{}:{}", ignored.label, ignored.reason),
            other => panic!("{other:?}"),
        }
    }

    fn places(counts: &[usize]) -> impl Iterator<Item = Place> {
        let names = counts.iter().enumerate().map(|(at, count)| format!("{at}-{count}"));
        names.map(|name| Place::File(PathBuf::from(name)))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn events_come_in_the_order_of_the_places(
            counts in prop::collection::vec(prop_oneof![9 => 0..3_usize, 1 => 0..300_usize], 0..200),
            threads in 1..4_usize,
            size in 1..9_usize,
        ) {
            let mut found = Vec::new();
            run(places(&counts), size, threads, &work, &mut |event| {
                found.push(told(event));
                Ok(())
            }).unwrap();
            let all = counts.iter().enumerate();
            let expected: Vec<String> = all.flat_map(|(at, count)| (0..*count).map(move |number| format!("{at}-{count}:{number}"))).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn an_error_of_the_sink_ends_the_run(
            counts in prop::collection::vec(0..200_usize, 1..60),
            threads in 1..4_usize,
            most in 0..500_usize,
        ) {
            let all: usize = counts.iter().sum();
            let mut left = most;
            let outcome = run(places(&counts), 4, threads, &work, &mut |_| {
                left = left.checked_sub(1).ok_or_else(|| Error::Usage("full".to_owned()))?;
                Ok(())
            });
            prop_assert_eq!(outcome.is_err(), all > most);
        }
    }
}
