//! A writer of log lines that never waits: a thread writes them out, and when it cannot keep up (a
//! pipe that nobody reads) lines are dropped and counted.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Duration,
};

use tracing_subscriber::fmt::MakeWriter;

/// Lines that may wait: some megabytes at worst, some seconds of a busy server.
const WAITING: usize = 4_096;

/// How long the end of the process waits for the last lines.
const LAST_WORDS: Duration = Duration::from_secs(1);

enum Message {
    Line(Vec<u8>),
    /// Answered once everything before it is written.
    Flush(Sender<()>),
}

/// The handle that log lines are written to. Cheap to clone.
#[derive(Clone)]
pub struct Lines {
    queue: Sender<Message>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    /// Lines in the queue: it is bounded by this and not by its type, so that a flush finds room.
    waiting: AtomicUsize,
    dropped: AtomicU64,
}

impl Lines {
    /// Starts the thread that writes to `sink`; it ends with the last handle.
    pub fn to(sink: impl Write + Send + 'static) -> Self {
        let (queue, messages) = channel();
        let counts = Arc::<Counts>::default();
        let written = Arc::clone(&counts);
        let spawned = thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write_out(&messages, &written, sink));
        // Without a thread there are no logs, and nobody to tell: every line counts as dropped,
        // because the receiver went with the closure.
        drop(spawned);
        Self { queue, counts }
    }

    /// How many lines were lost so far.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.counts.dropped.load(Relaxed)
    }

    /// Waits until what was logged is written, or the reader has had a second.
    pub fn flush(&self) {
        let (done, written) = channel();
        if self.queue.send(Message::Flush(done)).is_ok() {
            // An error means that the sink is stuck or broken; the process ends all the same.
            let _ = written.recv_timeout(LAST_WORDS);
        }
    }
}

fn write_out(messages: &Receiver<Message>, counts: &Counts, mut sink: impl Write) {
    for message in messages {
        match message {
            // A sink that is closed has no reader left who could be told.
            Message::Line(line) => {
                drop(sink.write_all(&line));
                counts.waiting.fetch_sub(1, Relaxed);
            }
            Message::Flush(done) => {
                drop(sink.flush());
                let _ = done.send(());
            }
        }
    }
}

/// One event: the formatter writes it whole, in one call.
impl Write for &Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let room = self.counts.waiting.fetch_add(1, Relaxed) < WAITING;
        if !(room && self.queue.send(Message::Line(line.to_vec())).is_ok()) {
            self.counts.waiting.fetch_sub(1, Relaxed);
            self.counts.dropped.fetch_add(1, Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = &'a Lines;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pipe that takes nothing until it is opened.
    struct Stuck {
        opened: Receiver<()>,
        written: Sender<Vec<u8>>,
    }

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // Once the test has dropped its end, every write goes through.
            let _ = self.opened.recv();
            self.written
                .send(bytes.to_vec())
                .map_err(|_| io::ErrorKind::BrokenPipe)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_hangs_stops_nobody_and_its_losses_are_counted() {
        let (open, opened) = channel();
        let (written, seen) = channel();
        let lines = Lines::to(Stuck { opened, written });
        for _ in 0..WAITING + 100 {
            (&lines).write_all(b"line\n").expect("never fails");
        }
        let dropped = lines.dropped() as usize;
        assert_eq!(dropped, 100);
        drop(open);
        lines.flush();
        assert_eq!(seen.try_iter().count(), WAITING + 100 - dropped);
    }
}
