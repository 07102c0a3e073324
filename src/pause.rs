//! Pauses between tries: each longer than the one before, and none quite as long as planned, so that many who were
//! refused together do not come back together.

use std::time::{Duration, SystemTime};

/// Pauses that grow up to a longest one.
#[derive(Debug, Clone)]
pub struct Pauses {
    next: Duration,
    longest: Duration,
    growth: f64,
}

impl Pauses {
    /// Begins with the first; each is `growth` times as long as the one before.
    #[must_use]
    pub fn new((first, longest): (Duration, Duration), growth: f64) -> Self {
        Self { next: first.min(longest), longest, growth }
    }

    /// The next pause, up to a quarter longer or shorter than planned.
    pub fn take(&mut self) -> Duration {
        let pause = self.next;
        self.next = pause.mul_f64(self.growth).min(self.longest);
        pause.mul_f64(0.75 + f64::from(clock() % 1_000) / 2_000.0)
    }

    /// What the next pause is planned to be.
    #[must_use]
    pub fn planned(&self) -> Duration {
        self.next
    }

    /// Takes the longest from now on: whoever is asked is busy.
    pub fn slow_down(&mut self) {
        self.next = self.longest;
    }
}

/// What differs from one program and moment to another.
fn clock() -> u32 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    now.subsec_nanos() ^ std::process::id().wrapping_mul(0x9e37_79b9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_are_never_far_from_the_plan() {
        let millis = Duration::from_millis;
        let mut pauses = Pauses::new((millis(100), millis(350)), 2.0);
        for planned in [100, 200, 350, 350] {
            assert_eq!(pauses.planned(), millis(planned));
            let pause = pauses.take();
            assert!(pause >= millis(planned * 3 / 4) && pause <= millis(planned * 5 / 4), "{pause:?}");
        }
        let mut pauses = Pauses::new((millis(1), millis(8)), 1.5);
        pauses.slow_down();
        assert_eq!(pauses.planned(), millis(8));
        assert_eq!(Pauses::new((millis(9), millis(8)), 1.5).planned(), millis(8));
    }
}
